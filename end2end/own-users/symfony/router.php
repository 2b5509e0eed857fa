<?php
// What PHP's own server asks for each request.

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\Handler\NativeFileSessionHandler;
use Symfony\Component\HttpFoundation\Session\Storage\NativeSessionStorage;

require __DIR__ . '/symfony.php';

function create_user(PDO $database, array $wanted): Response
{
    $quote = $database->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql' ? '`' : '"';
    $password = hashers()->getPasswordHasher(User::class)->hash($wanted['password']);
    $database
        ->prepare("INSERT INTO {$quote}user{$quote} (email, roles, password) VALUES (?, '[]', ?)")
        ->execute([$wanted['email'], $password]);
    return new Response(json_encode(['id' => $database->lastInsertId()]), 201);
}

$database = open_database(getenv('PEER_DATABASE'));
$request = Request::createFromGlobals();
$sessions = new NativeFileSessionHandler(getenv('PEER_FOLDER'));
$request->setSession(new Session(new NativeSessionStorage(['cache_limiter' => ''], $sessions)));
$response = $request->getPathInfo() === '/__test/user'
    ? create_user($database, $request->toArray())
    : answer($request, new Users($database));
$response->send();
