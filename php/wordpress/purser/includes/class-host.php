<?php
/**
 * Requests to Purser.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * The Purser host. Its answers are arrays of `status`, `headers` and `body`.
 */
final class Host {

	/**
	 * Seconds that a carried request may take: longer than a tenant has its clients wait.
	 */
	private const PATIENCE = 45;

	/**
	 * Seconds for everything else: somebody may look at a page meanwhile.
	 */
	private const HASTE = 5;

	/**
	 * Hands a SCIM request on.
	 *
	 * @param string                $method  The HTTP method.
	 * @param string                $path    Below the tenant's address, with its query.
	 * @param array<string, string> $headers Of the request.
	 * @param string                $body    As it came.
	 * @return array{status: int, headers: array<string, string>, body: string}|\WP_Error
	 */
	public static function carry( string $method, string $path, array $headers, string $body ): array|\WP_Error {
		$headers['Purser-Site']    = Settings::token();
		$headers['Purser-Address'] = Settings::public_url();
		return self::send( $method, Settings::base_url() . $path, $headers, $body, self::PATIENCE );
	}

	/**
	 * Asks Purser's own interface.
	 *
	 * @param string     $method The HTTP method.
	 * @param string     $path   Below its address.
	 * @param mixed|null $body   To be sent as JSON.
	 * @param float      $wait   Seconds.
	 * @return array{status: int, headers: array<string, string>, body: string}|\WP_Error
	 */
	public static function ask( string $method, string $path, mixed $body = null, float $wait = self::HASTE ): array|\WP_Error {
		if ( ! Settings::complete() ) {
			return new \WP_Error( 'purser_settings', __( 'The address of Purser or the token of this site is missing.', 'purser' ) );
		}
		$headers = array( 'Authorization' => 'Bearer ' . Settings::token() );
		if ( null !== $body ) {
			$headers['Content-Type'] = 'application/json';
			$body                    = wp_json_encode( $body );
		}
		return self::send( $method, Settings::api_url() . $path, $headers, (string) $body, $wait );
	}

	/**
	 * What an answer says that is none of success; null for a success.
	 *
	 * @param array{status: int, headers: array<string, string>, body: string}|\WP_Error $answer From `ask`.
	 */
	public static function trouble( array|\WP_Error $answer ): ?string {
		if ( is_wp_error( $answer ) ) {
			return $answer->get_error_message();
		}
		if ( $answer['status'] >= 200 && $answer['status'] < 300 ) {
			return null;
		}
		$said   = json_decode( $answer['body'], true );
		$detail = is_array( $said ) && is_string( $said['detail'] ?? null ) ? $said['detail'] : '';
		/* translators: 1: an HTTP status, 2: what Purser has said. */
		return trim( sprintf( __( 'Purser answered %1$d. %2$s', 'purser' ), $answer['status'], $detail ) );
	}

	/**
	 * One exchange. Redirects are not followed: they would carry the token along.
	 *
	 * @param string                $method  The HTTP method.
	 * @param string                $url     Where to.
	 * @param array<string, string> $headers To be sent.
	 * @param string                $body    To be sent, where there is one.
	 * @param float                 $wait    Seconds.
	 * @return array{status: int, headers: array<string, string>, body: string}|\WP_Error
	 */
	private static function send( string $method, string $url, array $headers, string $body, float $wait ): array|\WP_Error {
		$answer = wp_remote_request(
			$url,
			array(
				'method'      => $method,
				'headers'     => $headers,
				'body'        => '' === $body ? null : $body,
				'timeout'     => $wait,
				'redirection' => 0,
				'user-agent'  => 'purser-wordpress/' . VERSION,
			)
		);
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		$told = array();
		foreach ( wp_remote_retrieve_headers( $answer ) as $name => $value ) {
			$told[ strtolower( $name ) ] = is_array( $value ) ? implode( ', ', $value ) : (string) $value;
		}
		return array(
			'status'  => (int) wp_remote_retrieve_response_code( $answer ),
			'headers' => $told,
			'body'    => wp_remote_retrieve_body( $answer ),
		);
	}
}
