<?php
/**
 * Events, and the queue in which they wait.
 *
 * @package Purser
 */

namespace Purser\Tests;

use Purser\Events;
use Purser\Queue;

/**
 * What changes is told once, by id and verb, whatever hooks are fired.
 */
final class EventsTest extends Test_Case {

	/**
	 * One event a request, with the word that says most.
	 */
	public function test_a_request_tells_each_once(): void {
		$this->answer = array( 202, array() );
		$ann          = $this->user( 'ann' );
		wp_update_user(
			array(
				'ID'           => $ann,
				'display_name' => 'Ann',
			)
		);
		get_userdata( $ann )->add_role( 'editor' );
		$bob = $this->user( 'bob' );
		wp_delete_user( $bob );
		$this->assertSame( array(), $this->asked, 'nothing is sent before the end' );
		$this->end_of_request();
		$this->assertSame( array( $ann => 'created', $bob => 'deleted' ), $this->heard() );
		$this->assertCount( 1, $this->asked );
		$this->assertSame( 0, Queue::waiting() );
	}

	/**
	 * Each change of what the REST API shows is one, and no other is.
	 */
	public function test_what_is_shown_is_told(): void {
		$this->answer = array( 202, array() );
		$ann          = $this->user( 'ann' );
		$this->end_of_request();
		$changes = array(
			fn() => update_user_meta( $ann, 'first_name', 'Ann' ),
			fn() => update_user_meta( $ann, 'purser_external_id', '17' ),
			fn() => delete_user_meta( $ann, 'purser_external_id' ),
			fn() => get_userdata( $ann )->set_role( 'editor' ),
			fn() => get_userdata( $ann )->remove_role( 'editor' ),
			fn() => wp_set_password( 'another', $ann ),
			fn() => update_user_meta( $ann, 'session_tokens', array() ),
			fn() => update_user_meta( $ann, 'last_seen', '7' ),
		);
		$told    = array();
		foreach ( $changes as $change ) {
			$this->asked = array();
			$change();
			$this->end_of_request();
			$told[] = array() !== $this->heard();
		}
		$this->assertSame( array( true, true, true, true, true, false, false, false ), $told );
	}

	/**
	 * Purser is not told what it has written itself.
	 */
	public function test_what_purser_writes_is_not_told(): void {
		$made = $this->by_purser(
			'POST',
			'/wp/v2/users',
			array(
				'username' => 'ann',
				'email'    => 'ann@example.test',
				'password' => 'x',
				'roles'    => array( 'author' ),
			)
		);
		$this->assertSame( 201, $made->get_status() );
		$this->by_purser( 'POST', '/wp/v2/users/' . $made->get_data()['id'], array( 'name' => 'Ann' ) );
		$this->by_purser( 'DELETE', '/wp/v2/users/' . $made->get_data()['id'], array( 'force' => true, 'reassign' => 1 ) );
		$this->end_of_request();
		$this->assertSame( array(), $this->asked );
		// Also where it was refused; what comes afterwards is somebody else's.
		$this->by_purser( 'POST', '/wp/v2/users', array( 'username' => 'bob' ) );
		$this->user( 'cat' );
		$this->end_of_request();
		$this->assertSame( array( 'created' ), array_values( $this->heard() ) );
	}

	/**
	 * Where Purser is away they are kept, and the site does not ask at each request.
	 */
	public function test_they_wait_where_purser_is_away(): void {
		$this->answer = new \WP_Error( 'http_request_failed', 'Connection refused' );
		$ann          = $this->user( 'ann' );
		$this->end_of_request();
		$this->assertCount( 1, $this->asked );
		$this->assertSame( 1, Queue::waiting() );
		$bob = $this->user( 'bob' );
		update_user_meta( $ann, 'first_name', 'Ann' );
		$this->end_of_request();
		Queue::once_more();
		$this->assertCount( 1, $this->asked, 'it pauses' );
		$this->assertSame( 2, Queue::waiting() );
		update_option( 'purser_later', time() - 1 );
		Queue::once_more();
		$this->assertCount( 2, $this->asked, 'it is still away' );
		$this->answer = array( 202, array() );
		$this->asked  = array();
		update_option( 'purser_later', time() - 1 );
		Queue::once_more();
		$this->assertSame( array( $bob => 'created', $ann => 'changed' ), $this->heard() );
		$this->assertSame( 0, Queue::waiting() );
		$this->asked = array();
		Queue::once_more();
		$this->assertSame( array(), $this->asked, 'nothing is left' );
	}

	/**
	 * What is put while it is being sent is not taken for sent.
	 */
	public function test_what_comes_while_they_are_sent_stays(): void {
		$this->answer = array( 202, array() );
		Queue::put( 'user', array( 7 => 'created' ) );
		$meanwhile = function ( $answer ) {
			static $first = true;
			if ( $first ) {
				$first = false;
				Queue::put( 'user', array( 7 => 'changed' ) );
			}
			return $answer;
		};
		add_filter( 'pre_http_request', $meanwhile, 20 );
		$this->assertNull( Queue::send() );
		$this->assertSame( 1, Queue::waiting() );
		remove_filter( 'pre_http_request', $meanwhile, 20 );
	}

	/**
	 * Many go in several requests.
	 */
	public function test_many_are_sent_in_parts(): void {
		$this->answer = array( 202, array() );
		Queue::put( 'user', array_fill( 1000, 2500, 'changed' ) );
		$this->assertSame( 2500, Queue::waiting() );
		$this->assertNull( Queue::send() );
		$this->assertCount( 3, $this->asked );
		$this->assertCount( 2500, $this->heard() );
		$this->assertSame( 0, Queue::waiting() );
	}

	/**
	 * A site that is not connected keeps nothing.
	 */
	public function test_nothing_is_kept_without_a_connection(): void {
		delete_option( 'purser' );
		$this->user( 'ann' );
		$this->end_of_request();
		$this->assertSame( 0, Queue::waiting() );
		$this->assertSame( array(), $this->asked );
	}
}
