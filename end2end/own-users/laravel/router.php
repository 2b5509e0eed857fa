<?php
// What PHP's own server asks for each request.

use Illuminate\Http\Request;
use Illuminate\Http\Response;

require __DIR__ . '/laravel.php';

function answer(Request $request): Response
{
    $capsule = open_database(getenv('PEER_DATABASE'));
    if ($request->path() === '__test/user') {
        $user = User::create([
            'name' => $request->json('username'),
            'email' => $request->json('email'),
            'password' => hasher()->make($request->json('password')),
        ]);
        return new Response(['id' => $user->id], 201);
    }
    [$guard, $session, $cookies] = guard($capsule, $request);
    if ($request->path() === 'sign-in') {
        $credentials = ['email' => $request->input('user'), 'password' => $request->input('password')];
        $response = new Response('', $guard->attempt($credentials, true) ? 200 : 401);
    } else {
        $user = $guard->user();
        $response = $user === null ? new Response('', 401) : new Response(['email' => $user->email]);
    }
    $session->save();
    $response->headers->setCookie($cookies->make($session->getName(), $session->getId(), 120, '/'));
    foreach ($cookies->getQueuedCookies() as $cookie) {
        $response->headers->setCookie($cookie);
    }
    return $response;
}

answer(Request::capture())->send();
