<?php
// The parts of Symfony that an app's sign-in is made of: the entity that `make:user` writes, the form login, the hasher
// "auto", and the listener that keeps the user in PHP's session.

use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\Event\ResponseEvent;
use Symfony\Component\HttpKernel\HttpKernelInterface;
use Symfony\Component\HttpKernel\KernelEvents;
use Symfony\Component\PasswordHasher\Hasher\PasswordHasherFactory;
use Symfony\Component\Security\Core\Authentication\Token\Storage\TokenStorage;
use Symfony\Component\Security\Core\Authentication\Token\TokenInterface;
use Symfony\Component\Security\Core\Exception\AuthenticationException;
use Symfony\Component\Security\Core\Exception\UserNotFoundException;
use Symfony\Component\Security\Core\User\PasswordAuthenticatedUserInterface;
use Symfony\Component\Security\Core\User\UserInterface;
use Symfony\Component\Security\Core\User\UserProviderInterface;
use Symfony\Component\Security\Http\Authentication\AuthenticationFailureHandlerInterface;
use Symfony\Component\Security\Http\Authentication\AuthenticationSuccessHandlerInterface;
use Symfony\Component\Security\Http\Authentication\AuthenticatorManager;
use Symfony\Component\Security\Http\Authenticator\FormLoginAuthenticator;
use Symfony\Component\Security\Http\EventListener\CheckCredentialsListener;
use Symfony\Component\Security\Http\EventListener\SessionStrategyListener;
use Symfony\Component\Security\Http\Firewall\ContextListener;
use Symfony\Component\Security\Http\HttpUtils;
use Symfony\Component\Security\Http\Session\SessionAuthenticationStrategy;

// The packages of Debian still call what PHP 8.2 deprecates.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
$parts = ['EventDispatcher', 'HttpFoundation', 'HttpKernel', 'PasswordHasher', 'Security/Core', 'Security/Http'];
foreach ($parts as $part) {
    require_once "Symfony/Component/$part/autoload.php";
}

class User implements UserInterface, PasswordAuthenticatedUserInterface
{
    public function __construct(private int $id, private string $email, private string $password)
    {
    }

    public function getUserIdentifier(): string
    {
        return $this->email;
    }

    public function getPassword(): string
    {
        return $this->password;
    }

    public function getRoles(): array
    {
        return ['ROLE_USER'];
    }

    public function eraseCredentials(): void
    {
    }

    public function getUsername(): string
    {
        return $this->email;
    }

    public function getSalt(): ?string
    {
        return null;
    }
}

/** Does what the entity provider does. */
class Users implements UserProviderInterface
{
    public function __construct(private PDO $database)
    {
    }

    public function loadUserByIdentifier(string $identifier): UserInterface
    {
        $quote = $this->database->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql' ? '`' : '"';
        $found = $this->database->prepare("SELECT id, email, password FROM {$quote}user{$quote} WHERE email = ?");
        $found->execute([$identifier]);
        $row = $found->fetch(PDO::FETCH_NUM);
        return $row === false ? throw new UserNotFoundException() : new User(...$row);
    }

    public function refreshUser(UserInterface $user): UserInterface
    {
        return $this->loadUserByIdentifier($user->getUserIdentifier());
    }

    public function supportsClass(string $class): bool
    {
        return $class === User::class;
    }

    public function loadUserByUsername(string $username): UserInterface
    {
        return $this->loadUserByIdentifier($username);
    }
}

/** Answers a form login with a status instead of a redirect. */
class Answers implements AuthenticationSuccessHandlerInterface, AuthenticationFailureHandlerInterface
{
    public function onAuthenticationSuccess(Request $request, TokenInterface $token): Response
    {
        return new Response('', 200);
    }

    public function onAuthenticationFailure(Request $request, AuthenticationException $exception): Response
    {
        return new Response('', 401);
    }
}

function open_database(string $url): PDO
{
    if (str_starts_with($url, 'sqlite:')) {
        return new PDO($url);
    }
    $parts = parse_url($url);
    $driver = ['postgres' => 'pgsql', 'mysql' => 'mysql'][$parts['scheme']];
    $name = ltrim($parts['path'], '/');
    $source = "$driver:host={$parts['host']};port={$parts['port']};dbname=$name";
    return new PDO($source, urldecode($parts['user']), urldecode($parts['pass'] ?? ''));
}

/** The hashers of a new project: `Symfony\…\PasswordAuthenticatedUserInterface: 'auto'`. */
function hashers(): PasswordHasherFactory
{
    return new PasswordHasherFactory([PasswordAuthenticatedUserInterface::class => ['algorithm' => 'auto']]);
}

/** The firewall "main": the session first, then the form login. */
function answer(Request $request, Users $users): Response
{
    $kernel = new class () implements HttpKernelInterface {
        public function handle(Request $request, int $type = self::MAIN_REQUEST, bool $catch = true): Response
        {
            throw new LogicException('Nothing is handled here.');
        }
    };
    $tokens = new TokenStorage();
    $dispatcher = new EventDispatcher();
    $dispatcher->addSubscriber(new CheckCredentialsListener(hashers()));
    $dispatcher->addSubscriber(new SessionStrategyListener(new SessionAuthenticationStrategy('migrate')));
    $context = new ContextListener($tokens, [$users], 'main', null, $dispatcher);
    $context->authenticate(new RequestEvent($kernel, $request, HttpKernelInterface::MAIN_REQUEST));

    $options = ['check_path' => '/sign-in', 'username_parameter' => 'user', 'password_parameter' => 'password'];
    $form = new FormLoginAuthenticator(new HttpUtils(), $users, new Answers(), new Answers(), $options);
    $manager = new AuthenticatorManager([$form], $tokens, $dispatcher, 'main');
    $response = $manager->supports($request) ? $manager->authenticateRequest($request) : null;
    $user = $tokens->getToken()?->getUser();
    $response ??= new Response(json_encode(['email' => $user?->getUserIdentifier()]), $user === null ? 401 : 200);

    $done = new ResponseEvent($kernel, $request, HttpKernelInterface::MAIN_REQUEST, $response);
    $dispatcher->dispatch($done, KernelEvents::RESPONSE);
    return $response;
}
