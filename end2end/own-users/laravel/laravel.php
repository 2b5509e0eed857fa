<?php
// The parts of Laravel that an app's sign-in is made of, with the defaults of a new project: users in the table
// `users`, the session guard with "remember me", sessions in the database, bcrypt that accepts nothing else.

use Illuminate\Auth\EloquentUserProvider;
use Illuminate\Auth\SessionGuard;
use Illuminate\Container\Container;
use Illuminate\Contracts\Auth\Guard;
use Illuminate\Cookie\CookieJar;
use Illuminate\Database\Capsule\Manager as Capsule;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Hashing\BcryptHasher;
use Illuminate\Http\Request;
use Illuminate\Session\DatabaseSessionHandler;
use Illuminate\Session\Store;

// The packages of Debian still call what PHP 8.2 deprecates.
error_reporting(E_ALL & ~E_DEPRECATED);
foreach (['Auth', 'Container', 'Cookie', 'Database', 'Hashing', 'Http', 'Session'] as $part) {
    require_once "Illuminate/$part/autoload.php";
}

class User extends Illuminate\Database\Eloquent\Model implements Illuminate\Contracts\Auth\Authenticatable
{
    use Illuminate\Auth\Authenticatable;

    protected $guarded = [];
}

function open_database(string $url): Capsule
{
    $capsule = new Capsule();
    if (str_starts_with($url, 'sqlite:')) {
        $capsule->addConnection(['driver' => 'sqlite', 'database' => substr($url, strlen('sqlite:'))]);
    } else {
        $parts = parse_url($url);
        $capsule->addConnection([
            'driver' => ['postgres' => 'pgsql', 'mysql' => 'mysql'][$parts['scheme']],
            'host' => $parts['host'],
            'port' => $parts['port'],
            'database' => ltrim($parts['path'], '/'),
            'username' => urldecode($parts['user']),
            'password' => urldecode($parts['pass'] ?? ''),
            'charset' => $parts['scheme'] === 'mysql' ? 'utf8mb4' : 'utf8',
            'collation' => 'utf8mb4_unicode_ci',
        ]);
    }
    $capsule->setAsGlobal();
    $capsule->bootEloquent();
    return $capsule;
}

/** The tables of the first migration of a new project. */
function create_tables(Capsule $capsule): void
{
    $schema = $capsule->schema();
    $schema->create('users', function (Blueprint $table) {
        $table->id();
        $table->string('name');
        $table->string('email')->unique();
        $table->timestamp('email_verified_at')->nullable();
        $table->string('password');
        $table->rememberToken();
        $table->timestamps();
    });
    $schema->create('password_reset_tokens', function (Blueprint $table) {
        $table->string('email')->primary();
        $table->string('token');
        $table->timestamp('created_at')->nullable();
    });
    $schema->create('sessions', function (Blueprint $table) {
        $table->string('id')->primary();
        $table->foreignId('user_id')->nullable()->index();
        $table->string('ip_address', 45)->nullable();
        $table->text('user_agent')->nullable();
        $table->longText('payload');
        $table->integer('last_activity')->index();
    });
}

function hasher(): BcryptHasher
{
    return new BcryptHasher(['rounds' => 12, 'verify' => true]);
}

/** The guard `web` over the session that the request's cookie names. */
function guard(Capsule $capsule, Request $request): array
{
    $container = new Container();
    $handler = new DatabaseSessionHandler($capsule->getConnection(), 'sessions', 120, $container);
    $session = new Store('laravel_session', $handler, $request->cookies->get('laravel_session'));
    $session->start();
    $request->setLaravelSession($session);
    $guard = new SessionGuard('web', new EloquentUserProvider(hasher(), User::class), $session, $request);
    $cookies = new CookieJar();
    $guard->setCookieJar($cookies);
    $container->instance('request', $request);
    $container->instance(Guard::class, $guard);
    return [$guard, $session, $cookies];
}
