//! A reverse proxy in front of several instances, which sends each request to the next of them and records which one,
//! so that a test can assert that a step went to another instance than the one before.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Speak of one connection, and there are two.
const OF_THE_CONNECTION: [HeaderName; 3] = [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE];

pub(crate) struct Proxy {
    pub(crate) base: String,
    state: Arc<Routes>,
}

struct Routes {
    client: reqwest::Client,
    instances: Vec<String>,
    /// The instance of each request so far.
    taken: Mutex<Vec<usize>>,
}

impl Proxy {
    /// In front of instances at these addresses (`http://…`).
    pub(crate) async fn start(instances: Vec<String>) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let state = Arc::new(Routes { client, instances, taken: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&state));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { base, state }
    }

    /// Which instance each request went to, in their order.
    pub(crate) fn taken(&self) -> Vec<usize> {
        self.state.taken.lock().unwrap().clone()
    }
}

impl Routes {
    fn next(&self) -> &str {
        let mut taken = self.taken.lock().unwrap();
        let instance = taken.len() % self.instances.len();
        taken.push(instance);
        &self.instances[instance]
    }
}

async fn pass_on(
    State(routes): State<Arc<Routes>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    headers.append("x-forwarded-for", caller.ip().to_string().parse().unwrap());
    headers.insert("x-forwarded-proto", "https".parse().unwrap());
    let request = routes.client.request(method, format!("{}{uri}", routes.next())).headers(headers).body(body);
    match request.send().await {
        Ok(answer) => {
            let (status, mut headers) = (answer.status(), answer.headers().clone());
            OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
            (status, headers, Body::from(answer.bytes().await.unwrap())).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
