<?php
// The configuration of the real WordPress that `router.php` serves; `cargo xtask test` links it into its folder.

$database = parse_url(getenv('PEER_DATABASE'));

define('DB_NAME', ltrim($database['path'], '/'));
define('DB_USER', urldecode($database['user']));
define('DB_PASSWORD', urldecode($database['pass'] ?? ''));
define('DB_HOST', $database['host'] . ':' . ($database['port'] ?? 3306));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $use) {
    define("{$use}_KEY", "a key for tests: $use");
    define("{$use}_SALT", "a salt for tests: $use");
}

// The installer runs before there is an address.
$origin = getenv('PEER_ORIGIN') ?: 'http://127.0.0.1';
define('WP_HOME', $origin);
define('WP_SITEURL', $origin);
// It calls nobody, itself included: PHP's own server answers one request after the other.
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);

require_once ABSPATH . 'wp-settings.php';
