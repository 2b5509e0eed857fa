//! What is between Keyback and an app: it passes calls on and records them, or does to them what a network, a proxy or
//! an attacker would.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::SECRET;

/// What happens to a call.
#[derive(Clone)]
pub(super) enum Behaviour {
    Pass,
    /// The app gets it; its answer does not come back.
    LoseAnswer,
    /// The same, once.
    LoseFirstAnswer,
    /// It is kept until the test lets it go.
    Keep,
    Hang,
    /// The answer comes without its signature.
    Unsigned,
    /// The app gets another body than was signed.
    Forge,
    /// It is sent back as the answer to itself.
    Echo,
    /// It gets the answer to the call before.
    OldAnswer,
    /// The app says this, signed.
    Say(Value),
}

/// One call, and what the app answered.
#[derive(Clone)]
pub(super) struct Passed {
    pub(super) path: String,
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: String,
    pub(super) answer: Option<Answered>,
}

#[derive(Clone)]
pub(super) struct Answered {
    pub(super) status: u16,
    headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Passed {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(super) struct Gate {
    address: SocketAddr,
    state: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: String,
    client: reqwest::Client,
    behaviours: Mutex<BTreeMap<&'static str, Behaviour>>,
    passed: Mutex<Vec<Passed>>,
}

impl Gate {
    pub(super) async fn start(target: &str) -> Self {
        // An application in the test's own process would do so; the clients of the tests need it before.
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        let state = Arc::new(Shared {
            target: target.to_owned(),
            client: reqwest::Client::new(),
            behaviours: Mutex::default(),
            passed: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = serve(listener, Arc::clone(&state));
        Self { address, state, task }
    }

    /// With a path, and a slash at its end.
    pub(super) fn url(&self) -> String {
        format!("http://{}/keyback/", self.address)
    }

    /// Nobody listens any more.
    pub(super) async fn go_down(&mut self) {
        self.task.abort();
        let _aborted = (&mut self.task).await;
    }

    pub(super) async fn come_back(&mut self) {
        self.task = serve(TcpListener::bind(self.address).await.unwrap(), Arc::clone(&self.state));
    }

    pub(super) fn behave(&self, path: &'static str, behaviour: Behaviour) {
        self.state.behaviours.lock().unwrap().insert(path, behaviour);
    }

    /// Every call so far to that path.
    pub(super) fn passed(&self, path: &str) -> Vec<Passed> {
        self.state.passed.lock().unwrap().iter().filter(|call| call.path == path).cloned().collect()
    }

    /// Records from now on only.
    pub(super) fn forget(&self) {
        self.state.passed.lock().unwrap().clear();
    }

    /// Sends a call again, or at last, exactly as it was.
    pub(super) async fn send(&self, call: &Passed) -> (u16, String) {
        let answer = self.state.pass_on(call).await;
        (answer.status, answer.body)
    }
}

fn serve(listener: TcpListener, state: Arc<Shared>) -> JoinHandle<()> {
    let router = Router::new().fallback(receive).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

async fn receive(State(state): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let path = uri.path().strip_prefix("/keyback/v1/").expect("a path of the contract").to_owned();
    assert_eq!(header("content-type"), "application/json");
    let call = Passed {
        path: path.clone(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
        answer: None,
    };
    let behaviour = {
        let mut behaviours = state.behaviours.lock().unwrap();
        let behaviour = behaviours.get(path.as_str()).cloned().unwrap_or(Behaviour::Pass);
        if let Behaviour::LoseFirstAnswer = behaviour {
            behaviours.retain(|of, _| *of != path);
        }
        behaviour
    };
    let number = {
        let mut passed = state.passed.lock().unwrap();
        passed.push(call.clone());
        passed.len() - 1
    };
    state.treat(behaviour, number, call).await
}

impl Shared {
    async fn treat(&self, behaviour: Behaviour, number: usize, mut call: Passed) -> Response {
        match behaviour {
            Behaviour::Pass => self.record(number, self.pass_on(&call).await).respond(),
            Behaviour::LoseAnswer | Behaviour::LoseFirstAnswer => {
                self.record(number, self.pass_on(&call).await);
                StatusCode::BAD_GATEWAY.into_response()
            }
            Behaviour::Keep => StatusCode::BAD_GATEWAY.into_response(),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Unsigned => {
                let mut answer = self.pass_on(&call).await;
                answer.headers.remove("webhook-signature");
                answer.respond()
            }
            Behaviour::Forge => {
                call.body = call.body.replace("example.org", "example.com");
                self.pass_on(&call).await.respond()
            }
            Behaviour::Echo => Answered { status: 200, headers: call.headers(), body: call.body }.respond(),
            Behaviour::OldAnswer => {
                let old = self
                    .passed
                    .lock()
                    .unwrap()
                    .iter()
                    .rev()
                    .find_map(|old| old.answer.clone().filter(|_| old.path == call.path));
                old.expect("an answer to an earlier call").respond()
            }
            Behaviour::Say(said) => {
                let (body, timestamp) = (said.to_string(), call.timestamp.parse().unwrap());
                call.signature = Webhook::new(SECRET).unwrap().sign(&call.id, timestamp, body.as_bytes()).unwrap();
                Answered { status: 200, headers: call.headers(), body }.respond()
            }
        }
    }

    fn record(&self, number: usize, answer: Answered) -> Answered {
        if let Some(call) = self.passed.lock().unwrap().get_mut(number) {
            call.answer = Some(answer.clone());
        }
        answer
    }

    async fn pass_on(&self, call: &Passed) -> Answered {
        let mut request = self.client.post(format!("{}/v1/{}", self.target, call.path)).body(call.body.clone());
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        let headers = answer.headers().iter().filter(|(name, _)| name.as_str().starts_with("webhook-"));
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        Answered { status: answer.status().as_u16(), headers, body: answer.text().await.unwrap() }
    }
}

impl Passed {
    fn headers(&self) -> BTreeMap<String, String> {
        let named = [("id", &self.id), ("timestamp", &self.timestamp), ("signature", &self.signature)];
        named.into_iter().map(|(name, value)| (format!("webhook-{name}"), value.clone())).collect()
    }
}

impl Answered {
    fn respond(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap()
    }
}
