<?php
/**
 * What Purser has this site do while it carries a request.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * Steps are requests to WordPress' own REST API for users, made within this PHP process:
 * the same checks, hooks and answers as by HTTP. No other route is open to them.
 */
final class Steps {

	private const ROUTES = '#^/wp/v2/users(/\d+|/me)?$#D';

	/**
	 * Does them in order.
	 *
	 * @param array<int, array<string, mixed>> $steps As Purser has asked.
	 * @return array<int, array{status: int, total: int|null, body: mixed}> What came of them.
	 */
	public static function run( array $steps ): array {
		if ( ! defined( 'REST_REQUEST' ) ) {
			define( 'REST_REQUEST', true );
		}
		self::forget( $steps );
		$before = get_current_user_id();
		$told   = array();
		foreach ( $steps as $step ) {
			$told[] = self::one( $step );
		}
		wp_set_current_user( $before );
		return $told;
	}

	/**
	 * What was read of users in an earlier round of this request may be old: another PHP
	 * process, with steps of its own, may have changed it. Roles are replaced as a whole,
	 * so what is read has to be true.
	 *
	 * @param array<int, array<string, mixed>> $steps About to be done.
	 */
	private static function forget( array $steps ): void {
		if ( function_exists( 'wp_cache_supports' ) && wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
			return;
		}
		// A cache of another plugin that cannot forget its copies only: whoever is named.
		foreach ( $steps as $step ) {
			$named   = explode( ',', (string) ( $step['parameters']['include'] ?? '' ) );
			$named[] = basename( (string) ( $step['route'] ?? '' ) );
			foreach ( array_filter( array_map( 'absint', $named ) ) as $user ) {
				clean_user_cache( $user );
				wp_cache_delete( $user, 'user_meta' );
			}
		}
	}

	/**
	 * Does one of them.
	 *
	 * @param array<string, mixed> $step As Purser has asked.
	 * @return array{status: int, total: int|null, body: mixed}
	 */
	private static function one( array $step ): array {
		$route = (string) ( $step['route'] ?? '' );
		if ( ! preg_match( self::ROUTES, $route ) ) {
			return self::refused( 403, 'purser_route', 'only users are changed by steps' );
		}
		$as = get_user_by( 'login', (string) ( $step['as'] ?? '' ) );
		if ( ! $as ) {
			return self::refused( 401, 'purser_user', 'the site has no user with the login that the target names' );
		}
		wp_set_current_user( $as->ID );
		$request = new \WP_REST_Request( (string) ( $step['method'] ?? 'GET' ), $route );
		$request->set_query_params( (array) ( $step['parameters'] ?? array() ) );
		$request->set_header( 'User-Agent', 'purser' );
		if ( isset( $step['body'] ) ) {
			$request->set_header( 'Content-Type', 'application/json' );
			$request->set_body( wp_json_encode( $step['body'] ) );
		}
		try {
			$response = rest_do_request( $request );
		} catch ( \Throwable $error ) {
			// Another plugin's hook, most likely: it may have been done.
			return self::refused( 500, 'purser_broken', get_class( $error ) );
		}
		$headers = $response->get_headers();
		$total   = $headers['X-WP-Total'] ?? null;
		return array(
			'status' => $response->get_status(),
			'total'  => null === $total ? null : (int) $total,
			'body'   => rest_get_server()->response_to_data( $response, false ),
		);
	}

	/**
	 * A step that is not done.
	 *
	 * @param int    $status  The HTTP status.
	 * @param string $code    The keyword, as WordPress' errors have one.
	 * @param string $message Why.
	 * @return array{status: int, total: null, body: array<string, mixed>}
	 */
	private static function refused( int $status, string $code, string $message ): array {
		return array(
			'status' => $status,
			'total'  => null,
			'body'   => array(
				'code'    => $code,
				'message' => $message,
				'data'    => array( 'status' => $status ),
			),
		);
	}
}
