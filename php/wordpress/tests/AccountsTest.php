<?php
/**
 * Accounts that are closed and opened.
 *
 * @package Purser
 */

namespace Purser\Tests;

use Purser\Accounts;
use Purser\Admin;

/**
 * Roles that come back, and those that do not.
 */
final class AccountsTest extends Test_Case {

	/**
	 * Purser sets the roles of somebody; answers what its own answer says.
	 *
	 * @param int      $user  Who.
	 * @param string[] $roles All of them.
	 * @return string[]
	 */
	private function set_roles( int $user, array $roles ): array {
		$response = $this->by_purser( 'POST', "/wp/v2/users/{$user}", array( 'roles' => $roles ) );
		$this->assertSame( 200, $response->get_status() );
		return array_values( $response->get_data()['roles'] );
	}

	/**
	 * What was given by hand comes back, what Purser has given does not.
	 */
	public function test_roles_of_others_come_back(): void {
		$ann = $this->user( 'ann', 'subscriber' );
		$this->set_roles( $ann, array( 'editor' ) );
		get_userdata( $ann )->add_role( 'shop_manager' );
		$this->set_roles( $ann, array() );
		$this->assertTrue( Accounts::is_closed( $ann ) );
		$this->assertSame( array( 'shop_manager' ), $this->set_roles( $ann, array( 'subscriber' ) ) );
		$this->assertFalse( Accounts::is_closed( $ann ) );
		$this->assertSame( array( 'shop_manager' ), array_values( get_userdata( $ann )->roles ) );
	}

	/**
	 * A role that is gone since is not given.
	 */
	public function test_a_role_that_is_gone_stays_away(): void {
		add_role( 'passing', 'Passing', array( 'read' => true ) );
		$ann = $this->user( 'ann', 'passing' );
		$this->set_roles( $ann, array() );
		remove_role( 'passing' );
		$this->assertSame( array( 'subscriber' ), $this->set_roles( $ann, array( 'subscriber' ) ) );
	}

	/**
	 * Whoever has no role and was not closed by Purser signs in as ever.
	 */
	public function test_no_role_alone_closes_nobody(): void {
		$ann = $this->user( 'ann', '' );
		$this->assertInstanceOf( \WP_User::class, wp_authenticate( 'ann', 'a password' ) );
		$this->set_roles( $ann, array( 'author' ) );
		$this->set_roles( $ann, array() );
		$this->assertSame( 'purser_deactivated', wp_authenticate( 'ann', 'a password' )->get_error_code() );
	}

	/**
	 * Another client of the same API closes nobody.
	 */
	public function test_only_purser_closes(): void {
		$ann = $this->user( 'ann' );
		wp_set_current_user( 1 );
		$request = new \WP_REST_Request( 'POST', "/wp/v2/users/{$ann}" );
		$request->set_header( 'User-Agent', 'curl/8' );
		$request->set_body_params( array( 'roles' => array() ) );
		$this->assertSame( 200, rest_do_request( $request )->get_status() );
		$this->assertFalse( Accounts::is_closed( $ann ) );
	}

	/**
	 * The list of users tells where somebody comes from, without markup of theirs.
	 */
	public function test_the_column(): void {
		$ann = $this->user( 'ann' );
		$this->assertSame( '', Admin::column( '', 'purser', $ann ) );
		$this->assertSame( 'other', Admin::column( 'other', 'posts', $ann ) );
		update_user_meta( $ann, 'purser_external_id', '"><script>' );
		$this->set_roles( $ann, array() );
		$shown = Admin::column( '', 'purser', $ann );
		$this->assertStringNotContainsString( '<script>', $shown );
		foreach ( array( 'by SCIM', 'deactivated', 'changed' ) as $word ) {
			$this->assertStringContainsString( $word, $shown );
		}
	}
}
