<?php
/**
 * What plugins of this site have: roles beside WordPress' own, and registered meta.
 */

add_action(
	'init',
	function () {
		foreach ( array(
			'content_editor' => 'Content editor',
			'moderator'      => 'Moderator',
			'translator'     => 'Translator',
			'api_user'       => 'API user; <read-only>',
			'shop_manager'   => 'Shop manager',
			'premium'        => 'Premium — ✨',
		) as $slug => $name ) {
			if ( ! get_role( $slug ) ) {
				add_role( $slug, $name, array( 'read' => true ) );
			}
		}
		foreach ( array( 'purser_external_id', 'department' ) as $key ) {
			register_meta(
				'user',
				$key,
				array(
					'type'         => 'string',
					'single'       => true,
					'show_in_rest' => true,
				)
			);
		}
	}
);
