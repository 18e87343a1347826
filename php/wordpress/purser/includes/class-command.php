<?php
/**
 * `wp purser`.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * Looks after the connection with Purser.
 */
final class Command {

	/**
	 * Tests the connection and tells what waits.
	 *
	 * ## EXAMPLES
	 *
	 *     wp purser status
	 */
	public function status(): void {
		\WP_CLI::log( 'SCIM base URL: ' . Settings::public_url() );
		\WP_CLI::log( 'Events that wait: ' . Queue::waiting() );
		$failed = false;
		foreach ( Admin::findings() as list( $kind, $text ) ) {
			if ( 'success' === $kind ) {
				\WP_CLI::log( $text );
			} else {
				\WP_CLI::warning( $text );
			}
			$failed = $failed || 'error' === $kind;
		}
		if ( $failed ) {
			\WP_CLI::halt( 1 );
		}
	}

	/**
	 * Tells Purser all events that it has not heard.
	 *
	 * ## EXAMPLES
	 *
	 *     wp purser send
	 */
	public function send(): void {
		$trouble = Queue::send();
		if ( null !== $trouble ) {
			\WP_CLI::error( $trouble );
		}
		\WP_CLI::success( 'Purser has heard all events.' );
	}

	/**
	 * Tells Purser to look at everybody: an event for each user of the site.
	 *
	 * ## EXAMPLES
	 *
	 *     wp purser resend
	 */
	public function resend(): void {
		$users = get_users( array( 'fields' => 'ID' ) );
		Queue::put( 'user', array_fill_keys( array_map( 'intval', $users ), 'changed' ) );
		$this->send();
	}
}
