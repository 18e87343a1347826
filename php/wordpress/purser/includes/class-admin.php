<?php
/**
 * The settings page, and the column in the list of users.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * Settings, Purser: what an administrator does once, and looks at when something is amiss.
 */
final class Admin {

	private const PAGE = 'purser';

	/**
	 * The nonce of what changes tokens and sends events.
	 */
	private const NONCE = 'purser_do';

	/**
	 * Listens.
	 */
	public static function hook(): void {
		add_action( 'admin_menu', array( self::class, 'menu' ) );
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_filter( 'manage_users_columns', array( self::class, 'columns' ) );
		add_filter( 'manage_users_custom_column', array( self::class, 'column' ), 10, 3 );
		add_filter( 'plugin_action_links_' . plugin_basename( dirname( __DIR__ ) . '/purser.php' ), array( self::class, 'links' ) );
	}

	/**
	 * Said in a network of sites.
	 */
	public static function no_network(): void {
		printf( '<div class="notice notice-warning"><p>%s</p></div>', esc_html__( 'Purser does nothing in a network of sites yet: its users have roles on each of them.', 'purser' ) );
	}

	/**
	 * A link to the page.
	 *
	 * @param string[] $links Those that are there.
	 * @return string[]
	 */
	public static function links( array $links ): array {
		$link = sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'purser' ) );
		return array_merge( array( $link ), $links );
	}

	/**
	 * The page's place.
	 */
	public static function menu(): void {
		add_options_page( __( 'Purser', 'purser' ), __( 'Purser', 'purser' ), 'manage_options', self::PAGE, array( self::class, 'page' ) );
	}

	/**
	 * The settings, as WordPress keeps them.
	 */
	public static function register(): void {
		register_setting(
			self::PAGE,
			Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( Settings::class, 'sanitize' ),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * The page's address.
	 */
	private static function url(): string {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/**
	 * The page.
	 */
	public static function page(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html__( 'Purser', 'purser' ) . '</h1>';
		self::act();
		self::connection();
		self::form();
		if ( Settings::complete() ) {
			self::clients();
			self::events();
		}
		echo '</div>';
	}

	/**
	 * Does what a button of the page has asked for.
	 */
	private static function act(): void {
		if ( ! isset( $_POST['purser_do'] ) ) {
			return;
		}
		check_admin_referer( self::NONCE );
		$what = sanitize_key( wp_unslash( $_POST['purser_do'] ) );
		if ( 'token' === $what ) {
			$name   = sanitize_text_field( wp_unslash( $_POST['purser_name'] ?? '' ) );
			$answer = Host::ask(
				'POST',
				'/tokens',
				array(
					'name' => $name,
					'days' => absint( $_POST['purser_days'] ?? 365 ),
				)
			);
			$made   = is_wp_error( $answer ) ? null : json_decode( $answer['body'], true );
			if ( null !== Host::trouble( $answer ) || ! is_string( $made['token'] ?? null ) ) {
				self::notice( 'error', Host::trouble( $answer ) ?? __( 'Purser has made no token.', 'purser' ) );
				return;
			}
			// Shown in this answer and kept nowhere.
			printf(
				'<div class="notice notice-success"><p>%s</p><p><input type="text" class="large-text code" id="purser-new-token" readonly value="%s"> %s</p></div>',
				esc_html__( 'The token for your SCIM client. Copy it now: it is not shown again.', 'purser' ),
				esc_attr( $made['token'] ),
				wp_kses_post( self::copy( 'purser-new-token' ) )
			);
		} elseif ( 'revoke' === $what ) {
			$trouble = Host::trouble( Host::ask( 'DELETE', '/tokens/' . absint( $_POST['purser_number'] ?? 0 ) ) );
			self::notice( null === $trouble ? 'success' : 'error', $trouble ?? __( 'The token opens nothing any more.', 'purser' ) );
		} elseif ( 'send' === $what ) {
			$trouble = Queue::send();
			self::notice( null === $trouble ? 'success' : 'error', $trouble ?? __( 'Purser has heard all events.', 'purser' ) );
		}
	}

	/**
	 * A notice.
	 *
	 * @param string $kind `success`, `warning` or `error`.
	 * @param string $text What is said.
	 */
	private static function notice( string $kind, string $text ): void {
		printf( '<div class="notice notice-%s"><p>%s</p></div>', esc_attr( $kind ), esc_html( $text ) );
	}

	/**
	 * A button that copies a field.
	 *
	 * @param string $field Its id.
	 */
	private static function copy( string $field ): string {
		return sprintf( '<button type="button" class="button purser-copy" data-field="%s">%s</button>', esc_attr( $field ), esc_html__( 'Copy', 'purser' ) );
	}

	/**
	 * The connection test, anew with each look at the page.
	 */
	private static function connection(): void {
		if ( ! Settings::complete() ) {
			self::notice( 'warning', __( 'This site is not connected with Purser yet: enter the address and the token that “purser token new TENANT --scope manage --site NAME” has printed.', 'purser' ) );
			return;
		}
		foreach ( self::findings() as list( $kind, $text ) ) {
			self::notice( $kind, $text );
		}
	}

	/**
	 * How this site stands at Purser, in words.
	 *
	 * @return array<int, array{0: string, 1: string}> Kind of notice and text.
	 */
	public static function findings(): array {
		$answer  = Host::ask( 'GET', '/site' );
		$trouble = Host::trouble( $answer );
		if ( null !== $trouble ) {
			return array( array( 'error', $trouble ) );
		}
		$said = json_decode( $answer['body'], true );
		if ( ! is_array( $said ) || ! isset( $said['tenant'] ) ) {
			return array( array( 'error', __( 'Something answers there, but it is not Purser.', 'purser' ) ) );
		}
		/* translators: 1: name of a tenant, 2: name of a site, 3: a version. */
		$found = array( array( 'success', sprintf( __( 'Connected: tenant “%1$s”, site “%2$s”, Purser %3$s.', 'purser' ), $said['tenant'], $said['site'] ?? '', $said['version'] ?? '' ) ) );
		if ( empty( $said['site'] ) ) {
			$found[] = array( 'error', __( 'The token is for no site: make one with --site.', 'purser' ) );
		} elseif ( empty( $said['writes'] ) ) {
			$found[] = array( 'warning', __( 'No mapping of Purser writes to this site: give the target in purser.toml the same “site”.', 'purser' ) );
		} elseif ( ! in_array( $said['waits_for'] ?? null, (array) $said['writes'], true ) ) {
			$found[] = array( 'warning', __( 'SCIM clients do not wait until this site has carried out a write: they are not told that a name is taken. Set “wait_for” of the tenant to the mapping that writes here.', 'purser' ) );
		}
		return $found;
	}

	/**
	 * Where Purser is.
	 */
	private static function form(): void {
		$in_file = fn( string $name ) => defined( $name ) ? 'disabled' : '';
		?>
		<h2><?php esc_html_e( 'Connection', 'purser' ); ?></h2>
		<form method="post" action="options.php">
			<?php settings_fields( self::PAGE ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="purser-base-url"><?php esc_html_e( 'Address of Purser', 'purser' ); ?></label></th>
					<td>
						<input type="url" class="large-text code" style="max-width: 40em" id="purser-base-url" name="purser[base_url]" value="<?php echo esc_attr( Settings::base_url() ); ?>" placeholder="https://purser.example.com/scim/TENANT/v2" <?php echo esc_attr( $in_file( 'PURSER_BASE_URL' ) ); ?>>
						<p class="description"><?php echo wp_kses_post( __( 'The SCIM base URL that <code>purser token new</code> has printed, or <code>PURSER_BASE_URL</code> in wp-config.php.', 'purser' ) ); ?></p>
					</td>
				</tr>
				<tr>
					<th scope="row"><label for="purser-token"><?php esc_html_e( 'Token of this site', 'purser' ); ?></label></th>
					<td>
						<input type="password" class="large-text code" style="max-width: 40em" id="purser-token" name="purser[token]" value="" autocomplete="off" placeholder="<?php echo esc_attr( '' === Settings::token() ? '' : __( 'There is one; leave empty to keep it', 'purser' ) ); ?>" <?php echo esc_attr( $in_file( 'PURSER_TOKEN' ) ); ?>>
						<p class="description"><?php echo wp_kses_post( __( 'Made with <code>--scope manage</code> and <code>--site</code>. It is never shown. <code>PURSER_TOKEN</code> in wp-config.php keeps it out of the database.', 'purser' ) ); ?></p>
					</td>
				</tr>
			</table>
			<?php submit_button( __( 'Save and test', 'purser' ) ); ?>
		</form>
		<?php
	}

	/**
	 * What a SCIM client is given, and the tokens that there are.
	 */
	private static function clients(): void {
		?>
		<h2><?php esc_html_e( 'SCIM clients', 'purser' ); ?></h2>
		<p><?php esc_html_e( 'Give your identity provider (Drupal, Entra, Okta …) these two.', 'purser' ); ?></p>
		<table class="form-table" role="presentation">
			<tr>
				<th scope="row"><label for="purser-public-url"><?php esc_html_e( 'SCIM base URL', 'purser' ); ?></label></th>
				<td>
					<input type="text" class="large-text code" style="max-width: 40em" id="purser-public-url" readonly value="<?php echo esc_attr( Settings::public_url() ); ?>">
					<?php echo wp_kses_post( self::copy( 'purser-public-url' ) ); ?>
				</td>
			</tr>
			<tr>
				<th scope="row"><label for="purser-name"><?php esc_html_e( 'Bearer token', 'purser' ); ?></label></th>
				<td>
					<form method="post" action="<?php echo esc_url( self::url() ); ?>">
						<?php wp_nonce_field( self::NONCE ); ?>
						<input type="text" class="regular-text" id="purser-name" name="purser_name" required maxlength="100" placeholder="<?php esc_attr_e( 'Name of the client, such as Drupal', 'purser' ); ?>">
						<label><?php esc_html_e( 'days:', 'purser' ); ?> <input type="number" class="small-text" name="purser_days" min="1" max="3650" value="365"></label>
						<button class="button button-primary" name="purser_do" value="token"><?php esc_html_e( 'Generate new token', 'purser' ); ?></button>
					</form>
				</td>
			</tr>
		</table>
		<?php
		self::tokens();
		?>
		<script>
			document.querySelectorAll( '.purser-copy' ).forEach( function ( button ) {
				button.addEventListener( 'click', function () {
					var field = document.getElementById( button.dataset.field );
					field.select();
					if ( navigator.clipboard ) {
						navigator.clipboard.writeText( field.value );
					} else {
						document.execCommand( 'copy' );
					}
				} );
			} );
		</script>
		<?php
	}

	/**
	 * The tokens of SCIM clients.
	 */
	private static function tokens(): void {
		$answer  = Host::ask( 'GET', '/tokens' );
		$trouble = Host::trouble( $answer );
		if ( null !== $trouble ) {
			self::notice( 'warning', $trouble );
			return;
		}
		$said   = json_decode( $answer['body'], true );
		$tokens = array_filter( (array) ( $said['tokens'] ?? array() ), fn( $token ) => null === ( $token['revoked'] ?? null ) );
		if ( ! $tokens ) {
			return;
		}
		$day = fn( ?string $at ) => null === $at ? __( 'never', 'purser' ) : wp_date( get_option( 'date_format' ), (int) strtotime( $at ) );
		?>
		<table class="widefat striped">
			<thead><tr>
				<th scope="col"><?php esc_html_e( 'Client', 'purser' ); ?></th>
				<th scope="col"><?php esc_html_e( 'Used', 'purser' ); ?></th>
				<th scope="col"><?php esc_html_e( 'Good until', 'purser' ); ?></th>
				<th scope="col"></th>
			</tr></thead>
			<tbody>
			<?php foreach ( $tokens as $token ) : ?>
				<tr>
					<td><?php echo esc_html( $token['name'] ?? '' ); ?></td>
					<td><?php echo esc_html( $day( $token['used'] ?? null ) ); ?></td>
					<td><?php echo esc_html( $day( $token['expires'] ?? null ) ); ?></td>
					<td>
						<form method="post" action="<?php echo esc_url( self::url() ); ?>">
							<?php wp_nonce_field( self::NONCE ); ?>
							<input type="hidden" name="purser_number" value="<?php echo esc_attr( $token['number'] ?? '' ); ?>">
							<button class="button-link button-link-delete" name="purser_do" value="revoke"><?php esc_html_e( 'Revoke', 'purser' ); ?></button>
						</form>
					</td>
				</tr>
			<?php endforeach; ?>
			</tbody>
		</table>
		<?php
	}

	/**
	 * Events that Purser has not heard.
	 */
	private static function events(): void {
		$waiting = Queue::waiting();
		if ( 0 === $waiting ) {
			return;
		}
		?>
		<h2><?php esc_html_e( 'Events', 'purser' ); ?></h2>
		<form method="post" action="<?php echo esc_url( self::url() ); ?>">
			<?php wp_nonce_field( self::NONCE ); ?>
			<p>
				<?php
				/* translators: %d: how many. */
				echo esc_html( sprintf( _n( 'Purser has not heard of %d change yet.', 'Purser has not heard of %d changes yet.', $waiting, 'purser' ), $waiting ) );
				?>
				<button class="button" name="purser_do" value="send"><?php esc_html_e( 'Send now', 'purser' ); ?></button>
			</p>
		</form>
		<?php
	}

	/**
	 * A column in the list of users.
	 *
	 * @param string[] $columns Those that are there.
	 * @return string[]
	 */
	public static function columns( array $columns ): array {
		$columns['purser'] = __( 'Provisioning', 'purser' );
		return $columns;
	}

	/**
	 * What it shows.
	 *
	 * @param string $shown  Of another plugin.
	 * @param string $column Which column.
	 * @param int    $user   Whose row.
	 */
	public static function column( $shown, $column, $user ): string {
		if ( 'purser' !== $column ) {
			return (string) $shown;
		}
		$lines    = array();
		$external = (string) get_user_meta( (int) $user, Meta::EXTERNAL_ID, true );
		if ( '' !== $external ) {
			$lines[] = sprintf( '<span title="%s">%s</span>', esc_attr( $external ), esc_html__( 'by SCIM', 'purser' ) );
		}
		$since = (int) get_user_meta( (int) $user, Accounts::CLOSED, true );
		if ( $since > 0 ) {
			/* translators: %s: a date. */
			$lines[] = esc_html( sprintf( __( 'deactivated %s', 'purser' ), wp_date( get_option( 'date_format' ), $since ) ) );
		}
		$step = (array) get_user_meta( (int) $user, Accounts::STEP, true );
		if ( isset( $step['at'], $step['what'] ) ) {
			/* translators: 1: what was done, 2: how long ago. */
			$lines[] = esc_html( sprintf( __( '%1$s %2$s ago', 'purser' ), self::done( (string) $step['what'] ), human_time_diff( (int) $step['at'] ) ) );
		}
		return implode( '<br>', $lines );
	}

	/**
	 * The word for the last step.
	 *
	 * @param string $what As it is kept.
	 */
	private static function done( string $what ): string {
		return 'created' === $what ? __( 'created', 'purser' ) : __( 'changed', 'purser' );
	}
}
