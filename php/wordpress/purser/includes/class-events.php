<?php
/**
 * What changes here becomes an event.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * Users are created, changed and deleted by the admin pages, by themselves and by other
 * plugins; each of them fires several hooks. They are gathered over the request and told
 * once at its end, by id and verb. What Purser itself has changed is not told.
 */
final class Events {

	/**
	 * Verbs by the ids of users.
	 *
	 * @var array<int, string>
	 */
	private static array $gathered = array();

	/**
	 * User meta that the REST API shows as fields.
	 */
	private const FIELDS = array( 'first_name', 'last_name', 'nickname', 'description', 'locale' );

	/**
	 * Listens.
	 */
	public static function hook(): void {
		add_action( 'user_register', fn( $user ) => self::note( (int) $user, 'created' ) );
		foreach ( array( 'profile_update', 'set_user_role', 'add_user_role', 'remove_user_role' ) as $hook ) {
			add_action( $hook, fn( $user ) => self::note( (int) $user, 'changed' ) );
		}
		add_action( 'deleted_user', fn( $user ) => self::note( (int) $user, 'deleted' ) );
		foreach ( array( 'added_user_meta', 'updated_user_meta', 'deleted_user_meta' ) as $hook ) {
			add_action( $hook, array( self::class, 'meta' ), 10, 3 );
		}
		add_action( 'shutdown', array( self::class, 'tell' ), 10 );
	}

	/**
	 * User meta has changed: of interest is what the REST API shows.
	 *
	 * @param mixed  $ids  Of the rows.
	 * @param int    $user Whose it is.
	 * @param string $key  Which.
	 */
	public static function meta( $ids, $user, $key ): void {
		unset( $ids );
		$registered = get_registered_meta_keys( 'user' );
		if ( in_array( $key, self::FIELDS, true ) || ! empty( $registered[ $key ]['show_in_rest'] ) ) {
			self::note( (int) $user, 'changed' );
		}
	}

	/**
	 * Gathers one.
	 *
	 * @param int    $user The user.
	 * @param string $verb What has happened.
	 */
	private static function note( int $user, string $verb ): void {
		if ( Accounts::written_by_purser() || ! Settings::complete() ) {
			return;
		}
		// Whoever was just created is created, whatever hooks follow; deleted is the last word.
		if ( 'changed' !== $verb || ! isset( self::$gathered[ $user ] ) ) {
			self::$gathered[ $user ] = $verb;
		}
	}

	/**
	 * At the end of the request: keeps them, and tells Purser once the client has its page.
	 */
	public static function tell(): void {
		if ( ! self::$gathered ) {
			return;
		}
		$verbs          = self::$gathered;
		self::$gathered = array();
		Queue::put( 'user', $verbs );
		if ( Queue::pauses() ) {
			return;
		}
		self::let_go();
		Queue::send();
	}

	/**
	 * Lets the client go, where PHP can: it does not wait for what follows.
	 */
	public static function let_go(): void {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				$finish();
				return;
			}
		}
	}
}
