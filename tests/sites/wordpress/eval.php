<?php
/**
 * Runs what it reads as WordPress' own code, as another plugin would, and prints
 * what that returns as JSON.
 *
 * usage: php eval.php FOLDER < CODE
 */

$_SERVER += array(
	'HTTP_HOST'       => '127.0.0.1',
	'SERVER_PROTOCOL' => 'HTTP/1.1',
	'REQUEST_URI'     => '/',
	'REQUEST_METHOD'  => 'GET',
	'REMOTE_ADDR'     => '127.0.0.1',
);
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/user.php';
echo wp_json_encode( eval( stream_get_contents( STDIN ) ) );
