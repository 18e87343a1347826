<?php
/**
 * Installs a WordPress whose files and configuration are there, and prints an
 * application password of its administrator.
 *
 * usage: php install.php FOLDER URL
 */

[, $folder, $url] = $argv;
$address = parse_url( $url );
$_SERVER += array(
	'HTTP_HOST'       => $address['host'] . ':' . $address['port'],
	'SERVER_NAME'     => $address['host'],
	'SERVER_PORT'     => $address['port'],
	'SERVER_PROTOCOL' => 'HTTP/1.1',
	'REQUEST_URI'     => '/',
	'REQUEST_METHOD'  => 'GET',
	'REMOTE_ADDR'     => '127.0.0.1',
);
define( 'WP_INSTALLING', true );

// Pluggable: nobody gets mail from a test.
function wp_new_blog_notification() {}
function wp_mail() {
	return true;
}

require $folder . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

$installed = wp_install( 'A site of the tests', 'admin', 'admin@example.test', true, '', 'admin-password' );
update_option( 'permalink_structure', '/%postname%/' );
$made = WP_Application_Passwords::create_new_application_password( $installed['user_id'], array( 'name' => 'purser' ) );
echo $made[0];
