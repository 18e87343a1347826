<?php
/**
 * What the tests have in common.
 *
 * @package Purser
 */

namespace Purser\Tests;

/**
 * A test in a real WordPress, whose requests to Purser are answered by the test.
 */
abstract class Test_Case extends \PHPUnit\Framework\TestCase {

	/**
	 * What was asked of Purser: method, path and body.
	 *
	 * @var array<int, array{0: string, 1: string, 2: mixed}>
	 */
	protected array $asked = array();

	/**
	 * What Purser answers: a status and a document, or an error.
	 *
	 * @var array{0: int, 1: mixed}|\WP_Error
	 */
	protected array|\WP_Error $answer = array( 200, array() );

	/**
	 * Begins with settings and an empty queue.
	 */
	protected function setUp(): void {
		global $wpdb;
		update_option(
			'purser',
			array(
				'base_url' => 'https://purser.example/scim/people/v2',
				'token'    => 'purser_secret',
			)
		);
		update_option( 'purser_later', 0 );
		$wpdb->query( 'DELETE FROM ' . \Purser\Queue::table() );
		$this->asked  = array();
		$this->answer = array( 200, array() );
		add_filter( 'pre_http_request', array( $this, 'purser' ), 10, 3 );
	}

	/**
	 * Leaves nobody behind.
	 */
	protected function tearDown(): void {
		remove_filter( 'pre_http_request', array( $this, 'purser' ) );
		wp_set_current_user( 0 );
		foreach ( get_users( array( 'exclude' => array( 1 ) ) ) as $user ) {
			wp_delete_user( $user->ID );
		}
		$this->end_of_request();
	}

	/**
	 * Purser, as the test has it.
	 *
	 * @param mixed                $answer  None yet.
	 * @param array<string, mixed> $request What is sent.
	 * @param string               $url     Where to.
	 * @return array<string, mixed>|\WP_Error
	 */
	public function purser( $answer, array $request, string $url ) {
		$this->assertSame( 'Bearer purser_secret', $request['headers']['Authorization'] ?? null );
		$this->assertStringNotContainsString( 'purser_secret', $url );
		$this->asked[] = array( $request['method'], substr( $url, strlen( 'https://purser.example' ) ), json_decode( (string) $request['body'], true ) );
		if ( is_wp_error( $this->answer ) ) {
			return $this->answer;
		}
		list( $status, $document ) = $this->answer;
		return array(
			'headers'  => array(),
			'body'     => wp_json_encode( $document ),
			'response' => array(
				'code'    => $status,
				'message' => '',
			),
			'cookies'  => array(),
			'filename' => null,
		);
	}

	/**
	 * Somebody with a role.
	 *
	 * @param string $login The login.
	 * @param string $role  The role.
	 */
	protected function user( string $login, string $role = 'author' ): int {
		$user = wp_insert_user(
			array(
				'user_login' => $login,
				'user_pass'  => 'a password',
				'role'       => $role,
			)
		);
		$this->assertIsInt( $user );
		return $user;
	}

	/**
	 * What happens when a request ends: events are told.
	 */
	protected function end_of_request(): void {
		\Purser\Events::tell();
	}

	/**
	 * What Purser has heard, by ids.
	 *
	 * @return array<string, string>
	 */
	protected function heard(): array {
		$heard = array();
		foreach ( $this->asked as list( , $path, $body ) ) {
			if ( '/api/people/v1/events' === $path ) {
				foreach ( $body['events'] as $event ) {
					$this->assertSame( array( 'kind', 'id', 'verb' ), array_keys( $event ) );
					$heard[ $event['id'] ] = $event['verb'];
				}
			}
		}
		return $heard;
	}

	/**
	 * Sends a request as Purser does by REST.
	 *
	 * @param string               $method The HTTP method.
	 * @param string               $route  The route.
	 * @param array<string, mixed> $body   The body.
	 */
	protected function by_purser( string $method, string $route, array $body ): \WP_REST_Response {
		wp_set_current_user( 1 );
		$request = new \WP_REST_Request( $method, $route );
		$request->set_header( 'User-Agent', 'purser/0.1.0' );
		$request->set_body_params( $body );
		$response = rest_do_request( $request );
		wp_set_current_user( 0 );
		return $response;
	}
}
