<?php
// What PHP's own server asks first: the paths of the tests are answered here, all others by WordPress.

switch (strtok($_SERVER['REQUEST_URI'], '?')) {
    case '/__test/user':
        require getenv('PEER_ROOT') . '/wp-load.php';
        $wanted = json_decode(file_get_contents('php://input'), true);
        $id = wp_create_user($wanted["username"], wp_slash($wanted["password"]), $wanted["email"]);
        if (is_wp_error($id)) {
            throw new RuntimeException($id->get_error_message());
        }
        http_response_code(201);
        echo json_encode(['id' => $id]);
        return true;
    case '/me':
        require getenv('PEER_ROOT') . '/wp-load.php';
        if (!is_user_logged_in()) {
            http_response_code(401);
            return true;
        }
        echo json_encode(['email' => wp_get_current_user()->user_email]);
        return true;
    default:
        return false;
}
