<?php
/**
 * Where Purser is, and the site's token.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * The settings. A constant in wp-config.php wins: a token there is not in the database.
 */
final class Settings {

	public const OPTION = 'purser';

	/**
	 * The address of the tenant at Purser, as “purser token new” prints it, without a slash at the end.
	 */
	public static function base_url(): string {
		return self::text( 'PURSER_BASE_URL', 'base_url' );
	}

	/**
	 * The site's own token.
	 */
	public static function token(): string {
		return self::text( 'PURSER_TOKEN', 'token' );
	}

	/**
	 * Whether there is something to talk to.
	 */
	public static function complete(): bool {
		return '' !== self::base_url() && '' !== self::token();
	}

	/**
	 * The address of Purser's own interface for the same tenant.
	 */
	public static function api_url(): string {
		return preg_replace( '#/scim/([^/]+)/v2$#', '/api/$1/v1', self::base_url() );
	}

	/**
	 * Under which SCIM clients reach the tenant at this site.
	 */
	public static function public_url(): string {
		return untrailingslashit( rest_url( Carrier::ROUTE ) );
	}

	/**
	 * What stands in the way of an address; null where nothing does.
	 *
	 * @param string $url As somebody has typed it.
	 */
	public static function problem( string $url ): ?string {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || ! preg_match( '#/scim/[^/]+/v2$#', $parts['path'] ?? '' ) ) {
			return __( 'This is not a SCIM base URL of Purser. It ends with /scim/TENANT/v2; “purser token new” prints it.', 'purser' );
		}
		if ( isset( $parts['user'] ) || isset( $parts['pass'] ) || isset( $parts['query'] ) || isset( $parts['fragment'] ) ) {
			return __( 'The address holds no user, query or fragment.', 'purser' );
		}
		$local = in_array( $parts['host'], array( 'localhost', '127.0.0.1', '[::1]' ), true );
		if ( 'https' !== ( $parts['scheme'] ?? '' ) && ! ( 'http' === ( $parts['scheme'] ?? '' ) && $local ) ) {
			return __( 'Use https: the token and all personal data would travel unencrypted. Plain http is for Purser on this machine.', 'purser' );
		}
		return null;
	}

	/**
	 * Keeps the settings; an empty token leaves the one that is there.
	 *
	 * @param mixed $given What the form has sent.
	 * @return array<string, string>
	 */
	public static function sanitize( mixed $given ): array {
		$kept  = (array) get_option( self::OPTION, array() );
		$given = is_array( $given ) ? $given : array();
		$url   = untrailingslashit( trim( sanitize_text_field( (string) ( $given['base_url'] ?? '' ) ) ) );
		$token = trim( sanitize_text_field( (string) ( $given['token'] ?? '' ) ) );
		if ( '' !== $url ) {
			$problem = self::problem( $url );
			if ( null !== $problem ) {
				add_settings_error( self::OPTION, 'purser_base_url', $problem );
				$url = (string) ( $kept['base_url'] ?? '' );
			}
		}
		return array(
			'base_url' => $url,
			'token'    => '' !== $token ? $token : (string) ( $kept['token'] ?? '' ),
		);
	}

	/**
	 * A setting.
	 *
	 * @param string $constant In wp-config.php.
	 * @param string $key      Of the option.
	 */
	private static function text( string $constant, string $key ): string {
		if ( defined( $constant ) ) {
			return untrailingslashit( (string) constant( $constant ) );
		}
		$option = get_option( self::OPTION, array() );
		return is_array( $option ) ? (string) ( $option[ $key ] ?? '' ) : '';
	}
}
