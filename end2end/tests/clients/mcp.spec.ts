// Calls the tools for agents with the official client, over both HTTP transports and on stdio, and runs the official
// conformance suite.

import { Client, type CallToolResult, ProtocolError, SdkHttpError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { conformance, scenarios } from '../../fixtures/conformance.ts';
import { type Key, Keyback, NEW_PASSWORD, OLD_PASSWORD } from '../../fixtures/keyback.ts';
import { Relay } from '../../fixtures/relay.ts';
import { enterPassword, expectDone, openLink, wrong } from '../../fixtures/steps.ts';
import { expect, test as base } from '../../fixtures/test.ts';

interface PerWorker {
  /** A server with the tools that accept a code and a password. */
  withPasswordTools: Keyback;
}

const test = base.extend<{}, PerWorker>({
  withPasswordTools: [
    async ({ mailbox, gateway, app }, use) => {
      const keyback = await Keyback.start({ mailbox, gateway, app }, { KEYBACK_API__MCP_PASSWORD_TOOLS: 'true' });
      await use(keyback);
      await keyback.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

const WAYS = ['HTTP, with a handshake', 'HTTP, without a handshake', 'stdio'] as const;
type Way = (typeof WAYS)[number];

const ALWAYS = [
  'request_reset',
  'reset_status',
  'resend',
  'cancel_reset',
  'explain_failure',
  'reset_password_send_code',
];
const WITH_PASSWORDS = ['reset_password_verify_code', 'reset_password_veryify_code'];

for (const way of WAYS) {
  test.describe(`by ${way}`, () => {
    test('an agent asks and the person chooses the password on the hosted page', async ({ keyback, mailbox, page }) => {
      const email = await keyback.addAccount();
      const client = await connect(keyback, await keyback.createKey(), way);
      expect(client.getServerVersion()).toMatchObject({ name: 'keyback', title: 'Keyback password resets' });
      expect(client.getInstructions()).toContain('Ask the human you work for');
      expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(ALWAYS);

      const asked = await call(client, 'request_reset', { email });
      expect(asked.lines[0]).toBe('The request is accepted. If there is an account, its owner gets a message by email.');
      const id = asked.members['id'];
      const mail = await mailbox.next(email);
      expect((await call(client, 'reset_status', { id })).lines[0]).toBe('Status: open');

      await openLink(page, mail);
      // Opening a link so soon after its message may look like a mail system.
      const { lines } = await call(client, 'explain_failure', { id });
      expect(lines.join('\n')).toMatch(/^(Somebody has|A mail system has probably) opened the link \(once\)\.$/m);
      await enterPassword(page);
      await expectDone(page);
      expect((await call(client, 'reset_status', { id })).members).toMatchObject({ id, status: 'completed' });
      expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
      expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);
      await client.close();
    });

    test('an agent takes a request back', async ({ keyback, mailbox, page }) => {
      const email = await keyback.addAccount();
      const client = await connect(keyback, await keyback.createKey(), way);
      const { members } = await call(client, 'request_reset', { email });
      const { link } = await mailbox.next(email);
      const { id } = members;
      expect((await call(client, 'resend', { id })).lines[1]).toBe('Error code: quota-exceeded');
      expect((await call(client, 'cancel_reset', { id })).members).toEqual({ id, over: true });
      await page.goto(link);
      await expect(page).toHaveURL(/\/link-expired$/);
      await client.close();
    });

    test('an agent that knows Cognito sets a password with the code', async ({ withPasswordTools: keyback, mailbox }) => {
      const email = await keyback.addAccount();
      const client = await connect(keyback, await keyback.createKey(), way);
      // Once it has the list, the client validates each result against its output schema.
      expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual([...ALWAYS, ...WITH_PASSWORDS]);
      const sent = await call(client, 'reset_password_send_code', { username: email });
      expect(sent.lines).toEqual([
        'Code sent successfully',
        'Delivery method: EMAIL',
        'Destination: j***@e***',
        'Attribute name: email',
      ]);
      const { digits: code } = await mailbox.next(email);
      const given = { username: email, code, newPassword: NEW_PASSWORD };
      const failed = await call(client, 'reset_password_verify_code', { ...given, code: wrong(code) });
      expect(failed.lines).toEqual(['Password reset failed: The code is wrong.', 'Error code: CodeMismatchException']);
      const set = await call(client, 'reset_password_veryify_code', given);
      expect(set.lines).toEqual([
        'Password reset successfully',
        `Username: ${email}`,
        `Verification code: ${code.slice(0, 2)}****${code.slice(-2)}`,
        `Password length: ${NEW_PASSWORD.length} characters`,
      ]);
      expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
      await mailbox.next(email);
      await client.close();
    });

    // SECURITY.md, requirement 74
    test('a tool that does not fit is refused, and says why', async ({ keyback }) => {
      const client = await connect(keyback, await keyback.createKey({ scopes: ['resets:read'] }), way);
      const unscoped = await call(client, 'request_reset', { email: 'nobody@example.org' });
      expect(unscoped.lines).toEqual(['The API key needs the scope resets:request.', 'Error code: missing-scope']);
      const unfitting = await call(client, 'reset_status', { id: 'A'.repeat(24), everybody: 'true' });
      expect(unfitting.isError).toBe(true);
      expect(unfitting.lines[0]).toMatch(/^The arguments are wrong\. Known: id; required: id\./);
      const unknown = client.callTool({ name: WITH_PASSWORDS[0] ?? '', arguments: {} });
      await expect(unknown).rejects.toThrow(ProtocolError);
      await expect(unknown).rejects.toMatchObject({ code: -32602 });
      await client.close();
    });
  });
}

// SECURITY.md, requirement 73
test('without a key in force nobody is let in', async ({ keyback }) => {
  const publishable = await keyback.createKey({ kind: 'publishable' });
  const dead = { id: 'x', key: `kb-${'A'.repeat(43)}` };
  for (const way of WAYS.slice(0, 2)) {
    for (const [key, status] of [[dead, 401], [publishable, 403]] as const) {
      const refused = connect(keyback, key, way);
      await expect(refused).rejects.toThrow(SdkHttpError);
      await expect(refused).rejects.toMatchObject({ status });
    }
  }
});

/** Scenarios that the suite requires of every server. */
const RUN = [
  'server-initialize',
  'ping',
  'tools-list',
  'dns-rebinding-protection',
  'server-sse-multiple-streams',
  'server-sse-polling',
];

/** Scenarios for features that we don't have, by the reason why we don't. */
const SKIPPED = {
  'the suite calls tools of its own, such as test_simple_text, that a server has for it alone': [
    'tools-call-simple-text',
    'tools-call-image',
    'tools-call-audio',
    'tools-call-embedded-resource',
    'tools-call-mixed-content',
    'tools-call-with-logging',
    'tools-call-error',
    'tools-call-with-progress',
    'tools-call-sampling',
    'tools-call-elicitation',
    'json-schema-2020-12',
    'elicitation-sep1034-defaults',
    'elicitation-sep1330-enums',
  ],
  'there are no resources: a request is looked into by a tool, which has a scope': [
    'resources-list',
    'resources-read-text',
    'resources-read-binary',
    'resources-templates-read',
    'resources-subscribe',
    'resources-unsubscribe',
  ],
  'there are no prompts: how to behave is in the instructions': [
    'prompts-list',
    'prompts-get-simple',
    'prompts-get-with-args',
    'prompts-get-embedded-resource',
    'prompts-get-with-image',
  ],
  'our log is for operators': ['logging-set-level'],
  'no argument has values that could be offered': ['completion-complete'],
};

test('every scenario of the conformance suite is run, or skipped with a reason', async () => {
  expect([...RUN, ...Object.values(SKIPPED).flat()].sort()).toEqual((await scenarios()).sort());
});

test('the conformance suite finds no failure', async ({ keyback }) => {
  test.slow();
  const { key } = await keyback.createKey();
  const relay = await Relay.start(keyback.origin, `Bearer ${key}`);
  const checks = await conformance(`${relay.origin}/mcp`, RUN);
  await relay.stop();
  const failures = [...checks].flatMap(([scenario, found]) =>
    found.filter(({ status }) => status === 'FAILURE').map(({ id, errorMessage }) => `${scenario} ${id}: ${errorMessage}`),
  );
  expect(failures).toEqual([]);
  for (const scenario of RUN.slice(0, 4)) {
    const statuses = checks.get(scenario)?.map(({ status }) => status) ?? [];
    expect(statuses, scenario).toContain('SUCCESS');
    expect(statuses, scenario).not.toContain('WARNING');
  }
});

async function connect(keyback: Keyback, key: Key, way: Way): Promise<Client> {
  const negotiation = way === 'HTTP, with a handshake' ? 'legacy' : 'auto';
  const client = new Client({ name: 'end2end', version: '1' }, { versionNegotiation: { mode: negotiation } });
  const headers = { authorization: `Bearer ${key.key}` };
  await client.connect(
    way === 'stdio'
      ? new StdioClientTransport({ ...keyback.toolsFor(key), stderr: 'pipe' })
      : new StreamableHTTPClientTransport(new URL(`${keyback.origin}/mcp`), { requestInit: { headers } }),
  );
  expect(client.getNegotiatedProtocolVersion()).toBe(negotiation === 'legacy' ? '2025-11-25' : '2026-07-28');
  return client;
}

async function call(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<{ isError: boolean; lines: string[]; members: Record<string, unknown> }> {
  const { content, structuredContent, isError } = (await client.callTool({ name, arguments: args })) as CallToolResult;
  const lines = content.map((item) => (item.type === 'text' ? item.text : item.type));
  return { isError: isError === true, lines, members: (structuredContent ?? {}) as Record<string, unknown> };
}
