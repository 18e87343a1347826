<?php
/**
 * Events that Purser has not heard yet.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * A table of kind, id and verb; never of values. A row stays until Purser has taken it.
 * Where Purser is away the site asks again after a while, and not at each request.
 */
final class Queue {

	/**
	 * When Purser is asked next, where it was away: a Unix time. Loaded with each page.
	 */
	private const LATER = 'purser_later';

	private const CRON = 'purser_send';

	/**
	 * Events in one request to Purser.
	 */
	private const AT_ONCE = 1000;

	/**
	 * Seconds that Purser may take to hear them.
	 */
	private const PATIENCE = 3;

	/**
	 * Seconds until it is asked again.
	 */
	private const PAUSE = 30;

	/**
	 * Sends what is left.
	 */
	public static function hook(): void {
		add_action( self::CRON, array( self::class, 'send' ) );
		add_action( 'shutdown', array( self::class, 'once_more' ), 20 );
	}

	/**
	 * Its table.
	 */
	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'purser_events';
	}

	/**
	 * Makes the table.
	 */
	public static function install(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			'CREATE TABLE ' . self::table() . " (
				number bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				kind varchar(20) NOT NULL,
				object varchar(64) NOT NULL,
				verb varchar(10) NOT NULL,
				PRIMARY KEY  (number),
				UNIQUE KEY what (kind,object)
			) {$wpdb->get_charset_collate()};"
		);
		if ( ! wp_next_scheduled( self::CRON ) ) {
			wp_schedule_event( time(), 'hourly', self::CRON );
		}
		add_option( self::LATER, 0, '', true );
	}

	/**
	 * Ends its schedule.
	 */
	public static function unschedule(): void {
		wp_clear_scheduled_hook( self::CRON );
	}

	/**
	 * Keeps events; the same object once, with what was said last.
	 *
	 * @param string             $kind  `user`.
	 * @param array<int, string> $verbs By the ids of objects.
	 */
	public static function put( string $kind, array $verbs ): void {
		global $wpdb;
		foreach ( array_chunk( $verbs, self::AT_ONCE, true ) as $part ) {
			$values = array();
			foreach ( $part as $id => $verb ) {
				$values[] = $wpdb->prepare( '(%s, %s, %s)', $kind, (string) $id, $verb );
			}
			// A new number each time: what is sent meanwhile is not taken for this.
			$wpdb->query( 'REPLACE INTO ' . self::table() . ' (kind, object, verb) VALUES ' . implode( ', ', $values ) ); // phpcs:ignore WordPress.DB -- Prepared above; our own table.
		}
	}

	/**
	 * How many wait.
	 */
	public static function waiting(): int {
		global $wpdb;
		return (int) $wpdb->get_var( 'SELECT COUNT(*) FROM ' . self::table() ); // phpcs:ignore WordPress.DB -- Our own table.
	}

	/**
	 * Tells Purser all that waits; null, or what has gone wrong. Nothing is lost by it.
	 */
	public static function send(): ?string {
		global $wpdb;
		if ( ! Settings::complete() ) {
			return __( 'The address of Purser or the token of this site is missing.', 'purser' );
		}
		do {
			$rows = $wpdb->get_results( $wpdb->prepare( 'SELECT number, kind, object, verb FROM ' . self::table() . ' ORDER BY number LIMIT %d', self::AT_ONCE ) ); // phpcs:ignore WordPress.DB -- Our own table.
			if ( ! $rows ) {
				break;
			}
			$events  = array_map(
				fn( $row ) => array(
					'kind' => $row->kind,
					'id'   => $row->object,
					'verb' => $row->verb,
				),
				$rows
			);
			$trouble = Host::trouble( Host::ask( 'POST', '/events', array( 'events' => $events ), self::PATIENCE ) );
			if ( null !== $trouble ) {
				update_option( self::LATER, time() + self::PAUSE, true );
				return $trouble;
			}
			$numbers = implode( ', ', array_map( fn( $row ) => (int) $row->number, $rows ) );
			$wpdb->query( 'DELETE FROM ' . self::table() . " WHERE number IN ({$numbers})" ); // phpcs:ignore WordPress.DB -- Numbers of our own table.
		} while ( count( $rows ) === self::AT_ONCE );
		if ( 0 !== (int) get_option( self::LATER ) ) {
			update_option( self::LATER, 0, true );
		}
		return null;
	}

	/**
	 * Whether Purser was away a moment ago: then it is not asked.
	 */
	public static function pauses(): bool {
		return (int) get_option( self::LATER ) > time();
	}

	/**
	 * At the end of a request: what has waited long enough.
	 */
	public static function once_more(): void {
		$later = (int) get_option( self::LATER );
		if ( $later > 0 && $later <= time() ) {
			// Whoever comes next meanwhile does not ask as well.
			update_option( self::LATER, time() + self::PAUSE, true );
			Events::let_go();
			self::send();
		}
	}
}
