// Sends the forms of /api/v1/docs with the key that was entered on that page, and shows the answers.

const key = document.getElementById('key');

/** Returns the URL and the options of the request that a form describes. */
function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { authorization: `Bearer ${key.value.trim()}` };
  for (const input of form.querySelectorAll('[data-place]')) {
    const { name, value } = input;
    if (input.dataset.place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '' && input.dataset.place === 'query') query.set(name, value);
    else if (value !== '') headers[name] = value;
  }
  const body = form.querySelector('textarea')?.value;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const url = query.size > 0 ? `${path}?${query}` : path;
  return [url, { method: form.dataset.method, headers, body, credentials: 'omit', redirect: 'error' }];
}

/** Returns the headers that matter to programs, followed by the body. */
async function textOf(response) {
  const told = ['location', 'retry-after', 'content-type'].filter((name) => response.headers.has(name));
  const head = told.map((name) => `${name}: ${response.headers.get(name)}`);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return [...head, '', body].join('\n').trim();
}

async function send(form) {
  const outcome = form.querySelector('.outcome');
  const answer = form.querySelector('.answer');
  const button = form.querySelector('button');
  button.disabled = true;
  outcome.textContent = 'Sending…';
  answer.hidden = true;
  try {
    const response = await fetch(...requestOf(form));
    answer.textContent = await textOf(response);
    answer.hidden = answer.textContent === '';
    outcome.textContent = `${response.status} ${response.statusText}`.trim();
  } catch (error) {
    outcome.textContent = `No answer: ${error.message}`;
  }
  button.disabled = false;
}

document.getElementById('key-section').hidden = false;
for (const form of document.querySelectorAll('.try')) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(form);
  });
}
