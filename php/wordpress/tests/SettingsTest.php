<?php
/**
 * Settings, and what is said of them.
 *
 * @package Purser
 */

namespace Purser\Tests;

use Purser\Admin;
use Purser\Health;
use Purser\Host;
use Purser\Settings;

/**
 * The settings page, as far as it can be told without a browser.
 */
final class SettingsTest extends Test_Case {

	/**
	 * Addresses that are none, and some that are.
	 *
	 * @return array<string, array{0: string, 1: bool}>
	 */
	public function addresses(): array {
		return array(
			'https'          => array( 'https://purser.example/scim/people/v2', true ),
			'below a path'   => array( 'https://example.org/purser/scim/people/v2', true ),
			'this machine'   => array( 'http://127.0.0.1:8020/scim/people/v2', true ),
			'unencrypted'    => array( 'http://purser.example/scim/people/v2', false ),
			'the site itself' => array( 'https://blog.example/wp-json/purser/scim/v2', false ),
			'no tenant'      => array( 'https://purser.example/scim/v2', false ),
			'a password'     => array( 'https://ann:secret@purser.example/scim/people/v2', false ),
			'a query'        => array( 'https://purser.example/scim/people/v2?token=secret', false ),
			'markup'         => array( 'javascript:alert(1)', false ),
			'nothing'        => array( '', false ),
		);
	}

	/**
	 * An address is refused, with words, or taken.
	 *
	 * @dataProvider addresses
	 *
	 * @param string $url   The address.
	 * @param bool   $sound Whether it is one.
	 */
	public function test_an_address_is_judged( string $url, bool $sound ): void {
		$this->assertSame( $sound, null === Settings::problem( $url ) );
	}

	/**
	 * What was there stays where nothing, or nonsense, is given.
	 */
	public function test_what_is_not_given_stays(): void {
		$kept = get_option( 'purser' );
		$this->assertSame( $kept, Settings::sanitize( array( 'base_url' => $kept['base_url'] . '/' ) ) );
		$this->assertSame( $kept, Settings::sanitize( array( 'base_url' => 'http://nonsense.example', 'token' => ' ' ) ) );
		$this->assertSame( '', Settings::sanitize( 'no array' )['base_url'] );
		$this->assertSame( 'purser_next', Settings::sanitize( array( 'token' => " purser_next\n" ) )['token'] );
	}

	/**
	 * The interface stands beside the SCIM address.
	 */
	public function test_the_interface_is_beside_scim(): void {
		Host::ask( 'GET', '/site' );
		$this->assertSame( array( array( 'GET', '/api/people/v1/site', null ) ), $this->asked );
	}

	/**
	 * Each way in which a connection is not whole is named.
	 */
	public function test_a_connection_is_judged(): void {
		$kinds  = fn() => array_column( Admin::findings(), 0 );
		$stands = array(
			'version'   => '0.1.0',
			'tenant'    => 'people',
			'site'      => 'blog',
			'writes'    => array( 'blog' ),
			'waits_for' => 'blog',
			'hears'     => array(),
		);

		$this->answer = array( 200, $stands );
		$this->assertSame( array( 'success' ), $kinds() );
		$this->answer = array( 200, array( 'waits_for' => null ) + $stands );
		$this->assertSame( array( 'success', 'warning' ), $kinds() );
		$this->answer = array( 200, array( 'writes' => array() ) + $stands );
		$this->assertSame( array( 'success', 'warning' ), $kinds() );
		$this->answer = array( 200, array( 'site' => null ) + $stands );
		$this->assertSame( array( 'success', 'error' ), $kinds() );
		$this->answer = array( 200, array( 'hello' => 'world' ) );
		$this->assertSame( array( 'error' ), $kinds() );
		$this->answer = array( 401, array( 'detail' => 'not <b>good</b> here' ) );
		$this->assertSame( array( array( 'error', 'Purser answered 401. not <b>good</b> here' ) ), Admin::findings() );
		$health = Health::connection();
		$this->assertSame( 'critical', $health['status'] );
		$this->assertStringContainsString( '&lt;b&gt;', $health['description'] );
		$this->answer = new \WP_Error( 'http_request_failed', 'Connection refused' );
		$this->assertSame( array( array( 'error', 'Connection refused' ) ), Admin::findings() );
	}

	/**
	 * The page shows a new token once, and keeps it nowhere.
	 */
	public function test_a_token_is_shown_and_not_kept(): void {
		wp_set_current_user( 1 );
		$_POST    = array(
			'purser_do'   => 'token',
			'purser_name' => 'Dru<b>pal',
			'purser_days' => '30',
			'_wpnonce'    => wp_create_nonce( 'purser_do' ),
		);
		$_REQUEST = $_POST;

		$this->answer = array( 201, array( 'token' => 'purser_"new' ) );
		ob_start();
		Admin::page();
		$page     = ob_get_clean();
		$_POST    = array();
		$_REQUEST = array();
		$this->assertStringContainsString( 'value="purser_&quot;new"', $page );
		$this->assertSame( array( 'POST', '/api/people/v1/tokens', array( 'name' => 'Drupal', 'days' => 30 ) ), $this->asked[0] );
		$this->assertStringNotContainsString( 'purser_secret', $page );
		ob_start();
		Admin::page();
		$this->assertStringNotContainsString( 'purser_&quot;new', ob_get_clean() );
	}

	/**
	 * Nobody makes a token without the page's own nonce.
	 */
	public function test_a_form_of_somebody_else_does_nothing(): void {
		wp_set_current_user( 1 );
		$_POST    = array(
			'purser_do' => 'token',
			'_wpnonce'  => 'forged',
		);
		$_REQUEST = $_POST;
		add_filter( 'wp_die_handler', fn() => fn( $message ) => throw new \RuntimeException( (string) $message ) );
		try {
			ob_start();
			Admin::page();
			$this->fail( 'it was taken' );
		} catch ( \RuntimeException $refused ) {
			$this->assertSame( array(), $this->asked );
		} finally {
			ob_end_clean();
			$_POST    = array();
			$_REQUEST = array();
			remove_all_filters( 'wp_die_handler' );
		}
	}

	/**
	 * Who may not manage options sees nothing.
	 */
	public function test_the_page_is_for_administrators(): void {
		wp_set_current_user( $this->user( 'ann', 'editor' ) );
		ob_start();
		Admin::page();
		$this->assertSame( '', ob_get_clean() );
		$this->assertSame( array(), $this->asked );
	}
}
