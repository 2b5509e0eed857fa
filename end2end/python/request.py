# An app that is written in Python and calls Keyback with `requests`. Called by fixtures/python.ts.
# Takes what `requests.request` takes: method, url, headers, json, and so on. Prints {"status", "headers", "body"}.

import json
import sys

import requests

answer = requests.request(**json.load(sys.stdin), allow_redirects=False, timeout=20)
print(json.dumps({"status": answer.status_code, "headers": dict(answer.headers), "body": answer.text}))
