<?php
// Creates WordPress's tables with its own installer. Runs before the server starts.

define('WP_INSTALLING', true);
require getenv('PEER_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

// The installer writes a message to the administrator, which nobody is to send.
function wp_mail(): bool
{
    return true;
}

wp_install('Peer', 'administrator', 'administrator@example.org', false, '', 'gravel mitten orbit sandal');
