<?php
/**
 * Plugin Name:       Purser
 * Description:       Users and roles come from your identity provider by SCIM 2.0: any SCIM client provisions this site, a Purser host beside it decides how.
 * Version:           0.5.0
 * Requires at least: 6.1
 * Requires PHP:      8.1
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       purser
 *
 * | file                          | what it does                                                |
 * |-------------------------------|-------------------------------------------------------------|
 * | `class-settings.php`          | where Purser is, and the site's token                       |
 * | `class-host.php`              | requests to Purser                                          |
 * | `class-carrier.php`           | SCIM requests to this site, carried to Purser               |
 * | `class-steps.php`             | what Purser has this site do meanwhile                      |
 * | `class-queue.php`             | events that Purser has not heard yet                        |
 * | `class-events.php`            | what changes here becomes an event                          |
 * | `class-accounts.php`          | who is deactivated does not come in, and keeps their roles  |
 * | `class-meta.php`              | user meta that Purser writes                                |
 * | `class-admin.php`             | the settings page, and the column in the list of users      |
 * | `class-health.php`            | what Site Health tells                                      |
 * | `class-command.php`           | `wp purser`                                                 |
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.5.0';

foreach ( array( 'settings', 'host', 'steps', 'carrier', 'queue', 'events', 'accounts', 'meta', 'admin', 'health' ) as $purser_part ) {
	require_once __DIR__ . "/includes/class-{$purser_part}.php";
}
unset( $purser_part );

register_activation_hook( __FILE__, array( Queue::class, 'install' ) );
register_deactivation_hook( __FILE__, array( Queue::class, 'unschedule' ) );

if ( is_multisite() ) {
	// A user of a network has roles on each of its sites: that is another story.
	add_action( 'network_admin_notices', array( Admin::class, 'no_network' ) );
	return;
}

Meta::hook();
Carrier::hook();
Accounts::hook();
Events::hook();
Queue::hook();
Admin::hook();
Health::hook();

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	require_once __DIR__ . '/includes/class-command.php';
	\WP_CLI::add_command( 'purser', Command::class );
}
