<?php
/**
 * User meta that Purser writes.
 *
 * @package Purser
 */

namespace Purser;

defined( 'ABSPATH' ) || exit;

/**
 * The externalId of a SCIM client stands in user meta, so that a create brings it along
 * in the same call and nobody is made twice.
 */
final class Meta {

	public const EXTERNAL_ID = 'purser_external_id';

	/**
	 * Registers it.
	 */
	public static function hook(): void {
		add_action(
			'init',
			function () {
				register_meta(
					'user',
					self::EXTERNAL_ID,
					array(
						'type'          => 'string',
						'single'        => true,
						'show_in_rest'  => true,
						'description'   => __( 'The externalId of the SCIM client that provisions this user.', 'purser' ),
						'auth_callback' => fn( $allowed, $key, $user ) => current_user_can( 'edit_user', $user ) && current_user_can( 'edit_users' ),
					)
				);
			}
		);
	}
}
