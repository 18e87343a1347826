<?php
/**
 * SCIM requests to this site, carried to Purser.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * A SCIM client speaks to this site's own address. Purser answers; what has to be done to
 * the site's users meanwhile it asks of this very request, which does it and tells what
 * came of it. So no second PHP process is needed, however few there are.
 *
 * It is done before WordPress' REST API looks at the request: that would take the body
 * apart, and other plugins would take the bearer token for theirs.
 */
final class Carrier {

	public const ROUTE = 'purser/scim/v2';

	/**
	 * Of the request, to Purser.
	 */
	private const THERE = array( 'Accept', 'Content-Type', 'If-Match', 'If-None-Match' );

	/**
	 * Of the answer, to the client.
	 */
	private const BACK = array( 'content-type', 'cache-control', 'etag', 'location', 'content-location', 'allow', 'retry-after', 'www-authenticate', 'purser-delivery' );

	/**
	 * Rounds of steps for one request, at most: a bulk request has many.
	 */
	private const ROUNDS = 20000;

	/**
	 * Takes the requests.
	 */
	public static function hook(): void {
		add_action( 'parse_request', array( self::class, 'take' ), 1 );
		add_filter( 'rest_index', array( self::class, 'in_index' ) );
	}

	/**
	 * The site says that it speaks SCIM: whoever looks at its REST API's index finds it.
	 *
	 * @param \WP_REST_Response $response The index.
	 */
	public static function in_index( \WP_REST_Response $response ): \WP_REST_Response {
		$response->data['namespaces'][] = self::ROUTE;
		return $response;
	}

	/**
	 * Answers a request that is for SCIM, and ends it.
	 *
	 * @param \WP $wp The request as WordPress sees it.
	 */
	public static function take( \WP $wp ): void {
		// Without pretty permalinks the route stands in the query, and clients put theirs behind it.
		list( $route ) = explode( '?', (string) ( $wp->query_vars['rest_route'] ?? '' ), 2 );
		$route         = untrailingslashit( $route );
		$base          = '/' . self::ROUTE;
		if ( $route !== $base && ! str_starts_with( $route, $base . '/' ) ) {
			return;
		}
		$path   = implode( '/', array_map( 'rawurlencode', explode( '/', substr( $route, strlen( $base ) ) ) ) );
		$query  = self::query();
		$path  .= '' === $query ? '' : '?' . $query;
		$method = strtoupper( sanitize_text_field( wp_unslash( $_SERVER['REQUEST_METHOD'] ?? 'GET' ) ) );
		if ( isset( $_SERVER['HTTP_X_PURSER_PROBE'] ) ) {
			self::probed( $method );
		}
		// The client may go away; what has begun at the site is told all the same.
		ignore_user_abort( true );
		self::answer( self::carried( $method, $path ) );
		exit;
	}

	/**
	 * Hands the request on, and does what is asked until there is an answer.
	 *
	 * @param string $method The HTTP method.
	 * @param string $path   Below the tenant's address.
	 * @return array{status: int, headers: array<string, string>, body: string}
	 */
	private static function carried( string $method, string $path ): array {
		if ( ! Settings::complete() ) {
			return self::error( 503, 'This site is not connected with Purser yet.' );
		}
		$headers = array();
		foreach ( self::THERE as $name ) {
			$key = 'HTTP_' . strtoupper( str_replace( '-', '_', $name ) );
			$key = 'Content-Type' === $name ? 'CONTENT_TYPE' : $key;
			if ( isset( $_SERVER[ $key ] ) && '' !== $_SERVER[ $key ] ) {
				// As it came: Purser judges it. Line breaks cannot be in it.
				$headers[ $name ] = (string) wp_unslash( $_SERVER[ $key ] ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput
			}
		}
		$authorization = self::authorization();
		if ( '' !== $authorization ) {
			$headers['Authorization'] = $authorization;
		}
		$answer = Host::carry( $method, $path, $headers, (string) file_get_contents( 'php://input' ) );
		for ( $round = 0; $round < self::ROUNDS && ! is_wp_error( $answer ) && self::asks( $answer ); $round++ ) {
			$asked  = json_decode( $answer['body'], true );
			$told   = array(
				'request' => $asked['request'] ?? '',
				'told'    => Steps::run( (array) ( $asked['steps'] ?? array() ) ),
			);
			$answer = Host::carry( 'POST', '/.carried', array( 'Content-Type' => 'application/json' ), (string) wp_json_encode( $told ) );
		}
		if ( is_wp_error( $answer ) ) {
			// What Purser has of it, it brings to the site later.
			return self::error( 503, 'Purser does not answer.' );
		}
		if ( isset( $answer['headers']['purser-problem'] ) ) {
			return self::error( 503, 'Purser does not know this site: its administrator has to connect it anew.' );
		}
		return $answer;
	}

	/**
	 * Whether the answer asks for steps.
	 *
	 * @param array{status: int, headers: array<string, string>, body: string} $answer From Purser.
	 */
	private static function asks( array $answer ): bool {
		return 'application/vnd.purser.steps+json' === ( $answer['headers']['content-type'] ?? '' );
	}

	/**
	 * Sends an answer as it is.
	 *
	 * @param array{status: int, headers: array<string, string>, body: string} $answer From Purser.
	 */
	private static function answer( array $answer ): void {
		while ( ob_get_level() > 0 ) {
			// A notice of another plugin is no JSON.
			ob_end_clean();
		}
		status_header( $answer['status'] );
		foreach ( self::BACK as $name ) {
			if ( isset( $answer['headers'][ $name ] ) ) {
				header( $name . ': ' . $answer['headers'][ $name ] );
			}
		}
		if ( ! isset( $answer['headers']['content-type'] ) ) {
			// PHP would call an answer without a body a page.
			ini_set( 'default_mimetype', '' ); // phpcs:ignore WordPress.PHP.IniSet
			header_remove( 'Content-Type' );
		}
		header( 'X-Content-Type-Options: nosniff' );
		header( 'X-Robots-Tag: noindex' );
		echo $answer['body']; // phpcs:ignore WordPress.Security.EscapeOutput -- JSON, as Purser has made it.
	}

	/**
	 * An error as a SCIM message (RFC 7644 §3.12).
	 *
	 * @param int    $status The HTTP status.
	 * @param string $detail Why.
	 * @return array{status: int, headers: array<string, string>, body: string}
	 */
	private static function error( int $status, string $detail ): array {
		$message = array(
			'schemas' => array( 'urn:ietf:params:scim:api:messages:2.0:Error' ),
			'status'  => (string) $status,
			'detail'  => $detail,
		);
		return array(
			'status'  => $status,
			'headers' => array(
				'content-type' => 'application/scim+json',
				'retry-after'  => '30',
			),
			'body'    => (string) wp_json_encode( $message ),
		);
	}

	/**
	 * The query as it came, without what leads to WordPress' REST API.
	 */
	private static function query(): string {
		$given = (string) wp_unslash( $_SERVER['QUERY_STRING'] ?? '' ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- As it came.
		$parts = array();
		foreach ( explode( '&', $given ) as $part ) {
			if ( str_starts_with( $part, 'rest_route=' ) ) {
				$part = preg_split( '/\?|%3F/i', $part, 2 )[1] ?? '';
			}
			if ( '' !== $part ) {
				$parts[] = $part;
			}
		}
		return implode( '&', $parts );
	}

	/**
	 * The client's token. Some web servers pass it under another name, some not at all.
	 */
	private static function authorization(): string {
		foreach ( array( 'HTTP_AUTHORIZATION', 'REDIRECT_HTTP_AUTHORIZATION' ) as $key ) {
			if ( ! empty( $_SERVER[ $key ] ) ) {
				return (string) wp_unslash( $_SERVER[ $key ] ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- Purser judges it.
			}
		}
		$headers = function_exists( 'getallheaders' ) ? getallheaders() : array();
		foreach ( $headers as $name => $value ) {
			if ( 0 === strcasecmp( $name, 'Authorization' ) ) {
				return (string) $value;
			}
		}
		return '';
	}

	/**
	 * Tells Site Health what of a request arrives here.
	 *
	 * @param string $method The HTTP method.
	 */
	private static function probed( string $method ): void {
		wp_send_json(
			array(
				'method'        => $method,
				'authorization' => '' !== self::authorization(),
			)
		);
	}
}
