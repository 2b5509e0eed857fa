// Runs Amazon Cognito's clients against Keyback, with only the endpoint changed: the AWS SDK for JavaScript,
// `amazon-cognito-identity-js` and boto3, in Node, in Python and on an app's page.

import { createHmac } from 'node:crypto';
import {
  CodeMismatchException,
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from '@playwright/test';
import { CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { type Key, Keyback, NEW_PASSWORD, OLD_PASSWORD, unusedAddress } from '../../fixtures/keyback.ts';
import type { Mailbox } from '../../fixtures/mailbox.ts';
import { openOwnPage } from '../../fixtures/own-page.ts';
import { python } from '../../fixtures/python.ts';
import { wrong } from '../../fixtures/steps.ts';
import { expect, test } from '../../fixtures/test.ts';

/** Where a code was sent. */
interface Delivery {
  AttributeName?: string | undefined;
  DeliveryMedium?: string | undefined;
  Destination?: string | undefined;
}

/** The part of a client for forgotten passwords. It throws errors with the `name` that apps check. */
interface Client {
  forgot(username: string): Promise<Delivery | undefined>;
  confirm(username: string, code: string, password: string): Promise<void>;
}

/** The fixtures that the tests share. */
interface Around {
  keyback: Keyback;
  mailbox: Mailbox;
}

type MakeClient = (endpoint: string, key: Key) => Client;

/** Makes the AWS SDK try only once. By default it tries three times, and each try counts. */
const ONCE: CognitoIdentityProviderClientConfig = { maxAttempts: 1 };

/** Returns the members that every call needs. */
function about(key: Key, Username: string): { ClientId: string; Username: string; SecretHash?: string } {
  if (key.clientSecret === undefined) return { ClientId: key.id, Username };
  const SecretHash = createHmac('sha256', key.clientSecret).update(Username + key.id).digest('base64');
  return { ClientId: key.id, Username, SecretHash };
}

function awsSdk(endpoint: string, key: Key, config = ONCE): Client {
  const client = new CognitoIdentityProviderClient({ region: 'us-east-1', endpoint, ...config });
  return {
    async forgot(username) {
      return (await client.send(new ForgotPasswordCommand(about(key, username)))).CodeDeliveryDetails;
    },
    async confirm(username, ConfirmationCode, Password) {
      await client.send(new ConfirmForgotPasswordCommand({ ...about(key, username), ConfirmationCode, Password }));
    },
  };
}

function identityJs(endpoint: string, key: Key): Client {
  const Pool = new CognitoUserPool({ UserPoolId: 'local_keyback', ClientId: key.id, endpoint });
  return {
    forgot: async (Username) => {
      const answer = await new Promise<{ CodeDeliveryDetails: Delivery }>((onSuccess, onFailure) => {
        new CognitoUser({ Username, Pool }).forgotPassword({ onSuccess, onFailure });
      });
      return answer.CodeDeliveryDetails;
    },
    confirm: async (Username, code, password) => {
      const answer = await new Promise<string>((onSuccess, onFailure) => {
        new CognitoUser({ Username, Pool }).confirmPassword(code, password, { onSuccess, onFailure });
      });
      expect(answer).toBe('SUCCESS');
    },
  };
}

interface Boto3Answer {
  answer?: { CodeDeliveryDetails?: Delivery };
  error?: { Error: { Code: string; Message: string }; ResponseMetadata: { RequestId: string; HTTPStatusCode: number } };
  raised?: string;
}

function boto3(endpoint: string, key: Key): Client {
  const call = async (operation: string, parameters: object) => {
    const { answer, error, raised } = await python<Boto3Answer>('cognito.py', { endpoint, operation, parameters });
    if (answer !== undefined) return answer;
    if (error === undefined) throw new Error('boto3 gives an answer or an error');
    expect(raised, 'the class that an app catches').toBe(error.Error.Code);
    expect(error.ResponseMetadata.RequestId).toMatch(/^[\w-]{16}$/);
    throw Object.assign(new Error(error.Error.Message), { name: error.Error.Code });
  };
  return {
    forgot: async (username) => (await call('forgot_password', about(key, username))).CodeDeliveryDetails,
    confirm: async (username, ConfirmationCode, Password) => {
      await call('confirm_forgot_password', { ...about(key, username), ConfirmationCode, Password });
    },
  };
}

/** The outcome of a call on a page. */
interface Outcome {
  delivery?: Delivery | undefined;
  error?: { name: string; message: string; requestId?: string | undefined };
}

/** Returns the delivery of a call on a page, or throws its error. */
function handedOut(outcome: Outcome): Delivery | undefined {
  if (outcome.error === undefined) return outcome.delivery;
  throw Object.assign(new Error(outcome.error.message), outcome.error);
}

function awsSdkInside(page: Page): MakeClient {
  return (endpoint, key) => {
    const call = async (command: 'ForgotPasswordCommand' | 'ConfirmForgotPasswordCommand', parameters: object) => {
      const outcome = await page.evaluate(
        async ({ endpoint, command, parameters }): Promise<Outcome> => {
          const client = new awsCognito.CognitoIdentityProviderClient({ region: 'us-east-1', endpoint, maxAttempts: 1 });
          const Command = awsCognito[command] as typeof awsCognito.ForgotPasswordCommand;
          try {
            const answer = await client.send(new Command(parameters as never));
            return { delivery: answer.CodeDeliveryDetails };
          } catch (error) {
            const { name, message, $metadata } = error as InstanceType<typeof awsCognito.CodeMismatchException>;
            return { error: { name, message, requestId: $metadata.requestId } };
          }
        },
        { endpoint, command, parameters },
      );
      if (outcome.error !== undefined) expect(outcome.error.requestId, 'readable in a page').toMatch(/^[\w-]{16}$/);
      return handedOut(outcome);
    };
    return {
      forgot: async (username) => await call('ForgotPasswordCommand', about(key, username)),
      confirm: async (username, ConfirmationCode, Password) => {
        await call('ConfirmForgotPasswordCommand', { ...about(key, username), ConfirmationCode, Password });
      },
    };
  };
}

function identityJsInside(page: Page): MakeClient {
  return (endpoint, key) => {
    const call = async (Username: string, confirmation?: { code: string; password: string }) =>
      await page.evaluate(
        async ({ endpoint, ClientId, Username, confirmation }): Promise<Outcome> =>
          await new Promise((settled) => {
            const Pool = new AmazonCognitoIdentity.CognitoUserPool({ UserPoolId: 'local_keyback', ClientId, endpoint });
            const user = new AmazonCognitoIdentity.CognitoUser({ Username, Pool });
            const onFailure = ({ name, message }: Error) => settled({ error: { name, message } });
            if (confirmation === undefined) {
              const onSuccess = (answer: { CodeDeliveryDetails: Delivery }) => settled({ delivery: answer.CodeDeliveryDetails });
              user.forgotPassword({ onSuccess, onFailure });
            } else {
              user.confirmPassword(confirmation.code, confirmation.password, { onSuccess: () => settled({}), onFailure });
            }
          }),
        { endpoint, ClientId: key.id, Username, confirmation },
      );
    return {
      forgot: async (username) => handedOut(await call(username)),
      confirm: async (username, code, password) => {
        handedOut(await call(username, { code, password }));
      },
    };
  };
}

/** Returns the name and the message of the error with which a call fails. */
async function refusal(call: Promise<unknown>): Promise<[string, string]> {
  const error = await call.then(() => new Error('it was not refused'), (error: unknown) => error as Error);
  return [error.name, error.message];
}

/** Resets a password by email, from the request to the new password. */
async function resetByMail(client: Client, { keyback, mailbox }: Around): Promise<void> {
  const email = await keyback.addAccount();
  const delivery = await client.forgot(email);
  expect(delivery).toEqual({ AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'j***@e***' });
  await client.confirm(email, (await mailbox.next(email)).digits, NEW_PASSWORD);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);
}

/** Checks every refusal that a client without a secret can cause, as the client reports it. */
async function expectRefusals(make: MakeClient, key: Key, { keyback, mailbox }: Around): Promise<void> {
  const endpoint = `${keyback.origin}/cognito`;
  const [client, email] = [make(endpoint, key), await keyback.addAccount()];

  const unknown = { id: 'a'.repeat(26), key: '' };
  expect(await refusal(make(endpoint, unknown).forgot(email))).toEqual([
    'ResourceNotFoundException',
    `User pool client ${unknown.id} does not exist.`,
  ]);
  expect((await refusal(client.forgot('jane@')))[0]).toBe('InvalidParameterException');
  expect(await refusal(client.confirm(email, '12345678', NEW_PASSWORD))).toEqual([
    'ExpiredCodeException',
    'Invalid code provided, please request a code again.',
  ]);

  await client.forgot(email);
  expect(await refusal(client.forgot(email))).toEqual([
    'LimitExceededException',
    'Attempt limit exceeded, please try after some time.',
  ]);

  const { digits } = await mailbox.next(email);
  expect(await refusal(client.confirm(email, digits, 'short'))).toEqual([
    'InvalidPasswordException',
    'Password did not conform with policy: It is too short.',
  ]);
  for (let guess = 0; guess < 5; guess += 1) {
    expect(await refusal(client.confirm(email, wrong(digits), NEW_PASSWORD))).toEqual([
      'CodeMismatchException',
      'Invalid verification code provided, please try again.',
    ]);
  }
  expect((await refusal(client.confirm(email, digits, NEW_PASSWORD)))[0]).toBe('TooManyFailedAttemptsException');
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(200);
}

const OUTSIDE_A_PAGE: [string, MakeClient][] = [
  ['the AWS SDK for JavaScript', awsSdk],
  ['amazon-cognito-identity-js', identityJs],
  ['boto3', boto3],
];

const INSIDE_A_PAGE: [string, 'awsCognito' | 'AmazonCognitoIdentity', (page: Page) => MakeClient][] = [
  ['the AWS SDK for JavaScript', 'awsCognito', awsSdkInside],
  ['amazon-cognito-identity-js', 'AmazonCognitoIdentity', identityJsInside],
];

for (const [name, make] of OUTSIDE_A_PAGE) {
  // boto3 starts a process for each call.
  const slowly = name === 'boto3';

  test(`${name} resets a password without a secret, wherever the endpoint ends`, async ({ keyback, mailbox }) => {
    if (slowly) test.slow();
    const key = await keyback.createKey({ kind: 'publishable' });
    for (const path of ['/cognito', '/cognito/', '', '/']) {
      await resetByMail(make(keyback.origin + path, key), { keyback, mailbox });
    }
  });

  test(`${name} reports each refusal by its name`, async ({ keyback, mailbox }) => {
    if (slowly) test.slow();
    await expectRefusals(make, await keyback.createKey({ kind: 'publishable' }), { keyback, mailbox });
  });

  // This client can't compute a secret hash.
  if (name === 'amazon-cognito-identity-js') continue;

  test(`${name} resets a password with a secret, by mail and by text message`, async ({ keyback, mailbox, gateway }) => {
    const client = make(`${keyback.origin}/cognito`, await keyback.createKey());
    await resetByMail(client, { keyback, mailbox });

    const { phone, username } = await keyback.addPerson('phone', 'username');
    const Destination = `+*******${phone.slice(-4)}`;
    expect(await client.forgot(username)).toEqual({ AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination });
    await client.confirm(username, (await gateway.next(phone)).code, NEW_PASSWORD);
    expect(await keyback.signIn(username, NEW_PASSWORD)).toBe(200);
  });

  test(`${name} is refused without the right secret`, async ({ keyback }) => {
    const endpoint = `${keyback.origin}/cognito`;
    const { id, key } = await keyback.createKey();
    expect(await refusal(make(endpoint, { id, key }).forgot('jane@example.org'))).toEqual([
      'NotAuthorizedException',
      `Client ${id} is configured with secret but SECRET_HASH was not received`,
    ]);
    expect(await refusal(make(endpoint, { id, key, clientSecret: key }).confirm('jane', '123456', NEW_PASSWORD))).toEqual([
      'NotAuthorizedException',
      `Unable to verify secret hash for client ${id}`,
    ]);
  });

  test(`${name} is told that there is no such account where that is not concealed`, async ({ mailbox, gateway, app }) => {
    const frank = await Keyback.start({ mailbox, gateway, app }, { KEYBACK_API__CONCEAL_ACCOUNTS: 'false' });
    const client = make(`${frank.origin}/cognito`, await frank.createKey());
    const email = unusedAddress();
    expect((await refusal(client.forgot(email)))[0]).toBe('UserNotFoundException');
    expect((await refusal(client.confirm(email, '12345678', NEW_PASSWORD)))[0]).toBe('UserNotFoundException');
    await frank.stop();
  });
}

for (const [name, global, inside] of INSIDE_A_PAGE) {
  test(`${name} resets a password from inside a page`, async ({ keyback, mailbox, app, page }) => {
    const key = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
    await openOwnPage(page, app, global);
    for (const path of ['/cognito', '/']) {
      await resetByMail(inside(page)(keyback.origin + path, key), { keyback, mailbox });
    }
  });

  test(`${name} reports each refusal by its name inside a page`, async ({ keyback, mailbox, app, page, watch }) => {
    watch.expectComplaint(/status of 400/);
    const key = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
    await openOwnPage(page, app, global);
    await expectRefusals(inside(page), key, { keyback, mailbox });
  });
}

test('a page of another origin cannot use the client', async ({ keyback, mailbox, app, page, watch }) => {
  watch.expectComplaint(/CORS policy|net::ERR_FAILED/);
  const { id } = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
  const email = await keyback.addAccount();
  await page.goto(app.foreignOrigin + app.publish('/elsewhere', '<h1>A page of somebody else</h1>'));
  for (const path of ['/cognito', '/']) {
    const name = await page.evaluate(
      async ([url, body]) => {
        const headers = {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSCognitoIdentityProviderService.ForgotPassword',
        };
        return await fetch(url, { method: 'POST', headers, body }).then(() => 'an answer', (error: Error) => error.name);
      },
      [keyback.origin + path, JSON.stringify({ ClientId: id, Username: email })] as const,
    );
    expect(name).toBe('TypeError');
  }
  expect(mailbox.unread(email)).toBe(0);
});

test('the AWS SDK for JavaScript throws the class of the error, with the number of the request', async ({ keyback }) => {
  const client = awsSdk(`${keyback.origin}/cognito`, await keyback.createKey({ kind: 'publishable' }));
  const email = await keyback.addAccount();
  await client.forgot(email);
  const error = await client.confirm(email, 'no-code', NEW_PASSWORD).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CodeMismatchException);
  const { $metadata, $fault } = error as CodeMismatchException;
  expect($fault).toBe('client');
  expect($metadata.httpStatusCode).toBe(400);
  expect($metadata.requestId).toMatch(/^[\w-]{16}$/);
});

test('the tries that the AWS SDK adds by itself send no further code', async ({ keyback, mailbox }) => {
  const key = await keyback.createKey({ kind: 'publishable' });
  const client = awsSdk(`${keyback.origin}/cognito`, key, {});
  const email = await keyback.addAccount();
  await client.forgot(email);
  const error = await client.forgot(email).catch((error: unknown) => error);
  expect((error as CodeMismatchException).name).toBe('LimitExceededException');
  expect((error as CodeMismatchException).$metadata.attempts).toBe(3);
  await mailbox.next(email);
  expect(mailbox.unread(email)).toBe(0);
});
