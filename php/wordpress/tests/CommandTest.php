<?php
/**
 * `wp purser`, with WP-CLI as far as it uses it; and the end of the plugin.
 *
 * @package Purser
 */

namespace {
	if ( ! class_exists( 'WP_CLI' ) ) {
		/**
		 * What WP-CLI prints.
		 */
		class WP_CLI { // phpcs:ignore

			/**
			 * Lines.
			 *
			 * @var string[]
			 */
			public static array $said = array();

			/**
			 * Any of its ways to print.
			 *
			 * @param string  $name      Which.
			 * @param mixed[] $arguments What.
			 */
			public static function __callStatic( string $name, array $arguments ) {
				self::$said[] = $name . ': ' . ( $arguments[0] ?? '' );
			}
		}
	}
}

namespace Purser\Tests {

	use Purser\Command;
	use Purser\Queue;

	require_once dirname( __DIR__ ) . '/purser/includes/class-command.php';

	/**
	 * Commands.
	 */
	final class CommandTest extends Test_Case {

		/**
		 * Begins in silence.
		 */
		protected function setUp(): void {
			parent::setUp();
			\WP_CLI::$said = array();
		}

		/**
		 * The state, with what is wrong.
		 */
		public function test_status(): void {
			Queue::put( 'user', array( 7 => 'changed' ) );
			$this->answer = array( 401, array( 'detail' => 'not good here' ) );
			( new Command() )->status();
			$this->assertSame( 'log: Events that wait: 1', \WP_CLI::$said[1] );
			$this->assertSame( array( 'warning: Purser answered 401. not good here', 'halt: 1' ), array_slice( \WP_CLI::$said, 2 ) );
		}

		/**
		 * Everybody is told once more.
		 */
		public function test_resend(): void {
			$this->answer = array( 202, array() );
			$ann          = $this->user( 'ann' );
			( new Command() )->resend();
			$this->assertSame( array( 1 => 'changed', $ann => 'changed' ), $this->heard() );
			$this->assertSame( array( 'success: Purser has heard all events.' ), \WP_CLI::$said );
		}

		/**
		 * Nothing of it is left behind; accounts stay.
		 */
		public function test_uninstall(): void {
			global $wpdb;
			$ann = $this->user( 'ann' );
			$this->end_of_request();
			update_user_meta( $ann, 'purser_external_id', '17' );
			define( 'WP_UNINSTALL_PLUGIN', 'purser/purser.php' );
			$table = Queue::table();
			require dirname( __DIR__ ) . '/purser/uninstall.php';
			wp_cache_flush();
			$this->assertNull( $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $table ) ) );
			$this->assertFalse( get_option( 'purser' ) );
			$this->assertFalse( get_option( 'purser_later' ) );
			$this->assertSame( '', get_user_meta( $ann, 'purser_external_id', true ) );
			$this->assertNotFalse( get_userdata( $ann ) );
			Queue::install();
		}
	}
}
