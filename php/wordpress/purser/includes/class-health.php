<?php
/**
 * What Site Health tells.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * Names what stands between a SCIM client and this site, and between this site and Purser.
 */
final class Health {

	/**
	 * Seconds for a request to this very site.
	 */
	private const PATIENCE = 10;

	/**
	 * Listens.
	 */
	public static function hook(): void {
		add_filter( 'site_status_tests', array( self::class, 'tests' ) );
		add_action( 'wp_ajax_health-check-purser-way', array( self::class, 'way_by_ajax' ) );
	}

	/**
	 * Adds the tests. What asks the site itself is asked by itself, since a page waits for it.
	 *
	 * @param array<string, array<string, mixed>> $tests Those that are there.
	 * @return array<string, array<string, mixed>>
	 */
	public static function tests( array $tests ): array {
		$tests['direct']['purser_connection'] = array(
			'label' => __( 'Purser', 'purser' ),
			'test'  => array( self::class, 'connection' ),
		);
		$tests['async']['purser_way']         = array(
			'label'             => __( 'SCIM requests reach this site', 'purser' ),
			'test'              => 'purser_way',
			'async_direct_test' => array( self::class, 'way' ),
		);
		return $tests;
	}

	/**
	 * Whether Purser answers, and has heard everything.
	 *
	 * @return array<string, mixed>
	 */
	public static function connection(): array {
		$worst = 'good';
		$texts = array();
		if ( ! Settings::complete() ) {
			$worst   = 'recommended';
			$texts[] = __( 'This site is not connected with Purser yet.', 'purser' );
		} else {
			foreach ( Admin::findings() as list( $kind, $text ) ) {
				$texts[] = $text;
				$worst   = 'error' === $kind ? 'critical' : ( 'warning' === $kind && 'good' === $worst ? 'recommended' : $worst );
			}
			$waiting = Queue::waiting();
			if ( $waiting > 0 ) {
				$worst = 'good' === $worst ? 'recommended' : $worst;
				/* translators: %d: how many. */
				$texts[] = sprintf( _n( 'Purser has not heard of %d change yet.', 'Purser has not heard of %d changes yet.', $waiting, 'purser' ), $waiting );
			}
		}
		return self::result( 'purser_connection', $worst, 'good' === $worst ? __( 'Purser answers', 'purser' ) : __( 'Purser needs a look', 'purser' ), $texts );
	}

	/**
	 * Whether what a SCIM client sends arrives: the token, and each method.
	 *
	 * @return array<string, mixed>
	 */
	public static function way(): array {
		$texts = array();
		foreach ( array( 'GET', 'PUT', 'PATCH', 'DELETE' ) as $method ) {
			$answer = wp_remote_request(
				Settings::public_url() . '/Users',
				array(
					'method'      => $method,
					'headers'     => array(
						'Authorization'  => 'Bearer probe',
						'X-Purser-Probe' => '1',
						'Content-Type'   => 'application/scim+json',
					),
					'body'        => 'GET' === $method ? null : '{}',
					'timeout'     => self::PATIENCE,
					'redirection' => 0,
					/** This filter is documented in wp-includes/class-wp-http-streams.php */
					'sslverify'   => apply_filters( 'https_local_ssl_verify', false ), // phpcs:ignore WordPress.NamingConventions -- WordPress' own filter.
				)
			);
			$problem = self::obstacle( $method, $answer );
			if ( null !== $problem ) {
				$texts[] = $problem;
			}
		}
		$worst = $texts ? 'critical' : 'good';
		$label = $texts ? __( 'Something stands between SCIM clients and this site', 'purser' ) : __( 'SCIM requests reach this site', 'purser' );
		return self::result( 'purser_way', $worst, $label, $texts ? array_values( array_unique( $texts ) ) : array( __( 'Tokens, bodies and all methods arrive.', 'purser' ) ) );
	}

	/**
	 * What kept a probe from arriving; null where nothing did.
	 *
	 * @param string          $method The HTTP method.
	 * @param array|\WP_Error $answer What came back.
	 */
	private static function obstacle( string $method, $answer ): ?string {
		if ( is_wp_error( $answer ) ) {
			/* translators: %s: an error. */
			return sprintf( __( 'This site cannot reach itself, so nothing can be told: %s', 'purser' ), $answer->get_error_message() );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$seen   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( 200 !== $status || ! is_array( $seen ) || ! isset( $seen['method'] ) ) {
			$body = (string) wp_remote_retrieve_body( $answer );
			if ( 401 === $status || 403 === $status ) {
				$said = is_array( $seen ) && isset( $seen['code'] ) ? (string) $seen['code'] : '';
				if ( '' !== $said ) {
					/* translators: 1: an HTTP method, 2: the code of an error. */
					return sprintf( __( '%1$s: another plugin takes the bearer token for its own and refuses it (%2$s). Have it leave /wp-json/purser alone.', 'purser' ), $method, $said );
				}
			}
			/* translators: 1: an HTTP method, 2: an HTTP status. */
			return sprintf( __( '%1$s does not arrive: something in front of WordPress answers %2$d. The web server or a firewall has to let it through for /wp-json/purser.', 'purser' ), $method, $status );
		}
		if ( $method !== $seen['method'] ) {
			/* translators: 1: an HTTP method, 2: another one. */
			return sprintf( __( '%1$s arrives as %2$s: something in front of WordPress changes it.', 'purser' ), $method, $seen['method'] );
		}
		if ( empty( $seen['authorization'] ) ) {
			return __( 'The Authorization header does not arrive: the web server strips it. For Apache: CGIPassAuth On.', 'purser' );
		}
		return null;
	}

	/**
	 * The same, asked for by the page.
	 */
	public static function way_by_ajax(): void {
		check_ajax_referer( 'health-check-site-status' );
		if ( ! current_user_can( 'view_site_health_checks' ) ) {
			wp_send_json_error();
		}
		wp_send_json_success( self::way() );
	}

	/**
	 * As Site Health wants it.
	 *
	 * @param string   $test   Its name.
	 * @param string   $status `good`, `recommended` or `critical`.
	 * @param string   $label  In one line.
	 * @param string[] $texts  In more.
	 * @return array<string, mixed>
	 */
	private static function result( string $test, string $status, string $label, array $texts ): array {
		return array(
			'label'       => $label,
			'status'      => $status,
			'badge'       => array(
				'label' => __( 'Users', 'purser' ),
				'color' => 'blue',
			),
			'description' => '<p>' . implode( '</p><p>', array_map( 'esc_html', $texts ) ) . '</p>',
			'actions'     => sprintf( '<a href="%s">%s</a>', esc_url( admin_url( 'options-general.php?page=purser' ) ), esc_html__( 'Settings of Purser', 'purser' ) ),
			'test'        => $test,
		);
	}
}
