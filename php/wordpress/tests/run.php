<?php
/**
 * Runs PHPUnit within a WordPress that has the plugin: as WordPress' own code, which wants
 * its variables to be global.
 *
 * usage: php run.php SITE [ARGUMENTS OF PHPUNIT]
 */

$_SERVER = array_merge(
	$_SERVER,
	array(
		'HTTP_HOST'       => '127.0.0.1',
		'SERVER_PROTOCOL' => 'HTTP/1.1',
		'REQUEST_URI'     => '/',
		'REQUEST_METHOD'  => 'GET',
		'REMOTE_ADDR'     => '127.0.0.1',
	)
);
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/user.php';
require_once ABSPATH . 'wp-admin/includes/template.php';
require_once 'PHPUnit/Autoload.php';
require_once __DIR__ . '/class-case.php';
array_splice( $argv, 1, 1 );
$_SERVER['argv'] = $argv;
$_SERVER['argc'] = count( $argv );
require '/usr/bin/phpunit';
