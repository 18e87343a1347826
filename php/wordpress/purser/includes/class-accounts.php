<?php
/**
 * Who is deactivated does not come in, and keeps their roles.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress has no switch for an account. Purser takes all roles from whoever is
 * deactivated; here the rest is done: sessions end, no way of signing in is left, and the
 * roles that somebody had beside those that Purser tells of are remembered and given back.
 */
final class Accounts {

	/**
	 * User meta: since when, a Unix time.
	 */
	public const CLOSED = 'purser_deactivated';

	/**
	 * User meta: what Purser has done last, and when.
	 */
	public const STEP = 'purser_step';

	/**
	 * User meta: the roles that come back.
	 */
	private const KEPT = 'purser_roles';

	/**
	 * User meta: the roles that Purser has given, which it tells of again by itself.
	 */
	private const GIVEN = 'purser_given_roles';

	/**
	 * Whether a change that is under way is Purser's.
	 *
	 * @var bool
	 */
	private static bool $purser = false;

	/**
	 * The roles that the user had before it.
	 *
	 * @var string[]|null
	 */
	private static ?array $before = null;

	/**
	 * Listens.
	 */
	public static function hook(): void {
		add_filter( 'rest_request_before_callbacks', array( self::class, 'before' ), 10, 3 );
		add_filter( 'rest_request_after_callbacks', array( self::class, 'after' ), 10, 3 );
		add_filter( 'authenticate', array( self::class, 'refuse' ), 100 );
		add_action( 'wp_authenticate_application_password_errors', array( self::class, 'refuse_password' ), 10, 2 );
		add_filter( 'allow_password_reset', array( self::class, 'refuse_reset' ), 10, 2 );
		foreach ( array( 'set_user_role', 'add_user_role' ) as $hook ) {
			add_action( $hook, array( self::class, 'opened_by_hand' ), 10, 2 );
		}
	}

	/**
	 * Whether a change that is under way is Purser's.
	 */
	public static function written_by_purser(): bool {
		return self::$purser;
	}

	/**
	 * Whether somebody is deactivated.
	 *
	 * @param int $user The user.
	 */
	public static function is_closed( int $user ): bool {
		return '' !== (string) get_user_meta( $user, self::CLOSED, true );
	}

	/**
	 * Before a request of the REST API is carried out.
	 *
	 * @param mixed            $response None yet.
	 * @param mixed            $handler  Who carries it out.
	 * @param \WP_REST_Request $request  The request.
	 * @return mixed
	 */
	public static function before( $response, $handler, \WP_REST_Request $request ) {
		$agent        = (string) $request->get_header( 'user_agent' );
		self::$purser = str_starts_with( $request->get_route(), '/wp/v2/users' ) && ( 'purser' === $agent || str_starts_with( $agent, 'purser/' ) );
		self::$before = null;
		$user         = self::changes_roles( $request );
		if ( $user ) {
			self::$before = array_values( $user->roles );
		}
		return $response;
	}

	/**
	 * After it.
	 *
	 * @param mixed            $response What came of it.
	 * @param mixed            $handler  Who has carried it out.
	 * @param \WP_REST_Request $request  The request.
	 * @return mixed
	 */
	public static function after( $response, $handler, \WP_REST_Request $request ) {
		$before = self::$before;
		if ( self::$purser ) {
			self::note_step( $response, $request );
		}
		if ( null !== $before && $response instanceof \WP_REST_Response && 200 === $response->get_status() ) {
			$user  = get_userdata( (int) $request['id'] );
			$after = $user ? array_values( $user->roles ) : array();
			if ( $user && array() === $after && array() !== $before ) {
				self::close( $user, $before );
			} elseif ( $user && array() !== $after && array() === $before && self::is_closed( $user->ID ) ) {
				$after         = self::open( $user, $after );
				$data          = $response->get_data();
				$data['roles'] = $after;
				$response->set_data( $data );
			} elseif ( $user ) {
				self::remember_given( $user->ID, $before, $after );
			}
		}
		self::$before = null;
		self::$purser = false;
		return $response;
	}

	/**
	 * Keeps what Purser has done, for the list of users.
	 *
	 * @param mixed            $response What came of it.
	 * @param \WP_REST_Request $request  The request.
	 */
	private static function note_step( $response, \WP_REST_Request $request ): void {
		if ( 'POST' !== $request->get_method() || ! $response instanceof \WP_REST_Response ) {
			return;
		}
		$user = $response->get_data()['id'] ?? null;
		$what = array(
			200 => 'changed',
			201 => 'created',
		)[ $response->get_status() ] ?? null;
		if ( null !== $user && null !== $what ) {
			update_user_meta(
				(int) $user,
				self::STEP,
				array(
					'what' => $what,
					'at'   => time(),
				)
			);
		}
	}

	/**
	 * The user whose roles Purser changes with a request; null for any other request.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	private static function changes_roles( \WP_REST_Request $request ): ?\WP_User {
		if ( ! self::$purser || 'POST' !== $request->get_method() || ! preg_match( '#^/wp/v2/users/(\d+)$#', $request->get_route(), $found ) || ! $request->has_param( 'roles' ) ) {
			return null;
		}
		$user = get_userdata( (int) $found[1] );
		return $user ? $user : null;
	}

	/**
	 * Somebody is deactivated.
	 *
	 * @param \WP_User $user  Who.
	 * @param string[] $roles What they had.
	 */
	private static function close( \WP_User $user, array $roles ): void {
		$given = (array) get_user_meta( $user->ID, self::GIVEN, true );
		update_user_meta( $user->ID, self::KEPT, array_values( array_diff( $roles, $given ) ) );
		update_user_meta( $user->ID, self::CLOSED, (string) time() );
		delete_user_meta( $user->ID, self::GIVEN );
		\WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
	}

	/**
	 * Somebody is active again.
	 *
	 * @param \WP_User $user  Who.
	 * @param string[] $after What they have now.
	 * @return string[] What they have with what has come back.
	 */
	private static function open( \WP_User $user, array $after ): array {
		$kept = (array) get_user_meta( $user->ID, self::KEPT, true );
		// A role may be gone since.
		$kept = array_values( array_filter( $kept, fn( $role ) => is_string( $role ) && null !== get_role( $role ) ) );
		delete_user_meta( $user->ID, self::CLOSED );
		delete_user_meta( $user->ID, self::KEPT );
		if ( ! $kept ) {
			return $after;
		}
		$user->set_role( array_shift( $kept ) );
		foreach ( $kept as $role ) {
			$user->add_role( $role );
		}
		return array_values( get_userdata( $user->ID )->roles );
	}

	/**
	 * Purser has given or taken roles.
	 *
	 * @param int      $user   Whose.
	 * @param string[] $before What they had.
	 * @param string[] $after  What they have.
	 */
	private static function remember_given( int $user, array $before, array $after ): void {
		$given = array_filter( (array) get_user_meta( $user, self::GIVEN, true ) );
		$given = array_unique( array_merge( $given, array_diff( $after, $before ) ) );
		update_user_meta( $user, self::GIVEN, array_values( array_intersect( $given, $after ) ) );
	}

	/**
	 * Somebody else gives a role to whoever is deactivated: they have opened the account.
	 *
	 * @param int    $user Whose.
	 * @param string $role Which.
	 */
	public static function opened_by_hand( $user, $role ): void {
		if ( ! self::$purser && $role && self::is_closed( (int) $user ) ) {
			delete_user_meta( (int) $user, self::CLOSED );
			delete_user_meta( (int) $user, self::KEPT );
		}
	}

	/**
	 * Nobody who is deactivated signs in.
	 *
	 * @param mixed $user Who is about to.
	 * @return mixed
	 */
	public static function refuse( $user ) {
		if ( $user instanceof \WP_User && self::is_closed( $user->ID ) ) {
			return new \WP_Error( 'purser_deactivated', __( '<strong>Error:</strong> This account is deactivated.', 'purser' ) );
		}
		return $user;
	}

	/**
	 * Nor by an application password.
	 *
	 * @param \WP_Error $error What stands against it.
	 * @param \WP_User  $user  Who is about to.
	 */
	public static function refuse_password( \WP_Error $error, \WP_User $user ): void {
		if ( self::is_closed( $user->ID ) ) {
			$error->add( 'purser_deactivated', __( 'This account is deactivated.', 'purser' ) );
		}
	}

	/**
	 * Nor sets a new password.
	 *
	 * @param mixed $allowed Until now.
	 * @param int   $user    Who is about to.
	 * @return mixed
	 */
	public static function refuse_reset( $allowed, $user ) {
		if ( self::is_closed( (int) $user ) ) {
			return new \WP_Error( 'purser_deactivated', __( 'This account is deactivated.', 'purser' ) );
		}
		return $allowed;
	}
}
