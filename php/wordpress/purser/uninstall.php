<?php
/**
 * Takes away what the plugin has kept. Who is deactivated stays so: they have no role.
 *
 * @package Purser
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

global $wpdb;
delete_option( 'purser' );
delete_option( 'purser_later' );
wp_clear_scheduled_hook( 'purser_send' );
foreach ( array( 'purser_external_id', 'purser_deactivated', 'purser_roles', 'purser_given_roles', 'purser_step' ) as $purser_key ) {
	delete_metadata( 'user', 0, $purser_key, '', true );
}
$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}purser_events" ); // phpcs:ignore WordPress.DB -- Our own table.
