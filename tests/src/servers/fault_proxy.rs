//! A proxy that breaks what goes through it, by a plan.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, RANGE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::servers::background::Background;

type AnyBody = BoxBody<Bytes, anyhow::Error>;

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 500 InternalError instead of being carried out.
    InternalError,
    /// 503 SlowDown instead of being carried out.
    SlowDown,
    /// The connection is reset before the request is carried out.
    ResetBefore,
    /// The connection is reset after the request was carried out: the client cannot know.
    ResetAfter,
    /// The answer's body ends early and the connection is closed.
    Truncated,
    /// The answer's body stops in the middle and the connection stays open.
    Stalled,
}

impl Fault {
    /// All faults.
    pub const ALL: [Fault; 6] = [
        Fault::InternalError,
        Fault::SlowDown,
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::Stalled,
    ];
}

/// Which requests get which fault: the n-th request always gets the n-th draw from the seed.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    /// Seed of all draws.
    pub seed: u64,
    /// The share of requests with a fault, 0 to 1.
    pub share: f64,
    /// What is drawn from, each with equal probability.
    pub faults: Vec<Fault>,
    /// The most faults in a row for the same request (method, target and end of its range): with
    /// fewer than a client's attempts, a sound client always succeeds.
    pub longest_run: u32,
}

/// Forwards HTTP/1.1 to a server on the loopback interface. `Host` is left as it is, so that
/// signatures stay valid for the proxy's address.
#[derive(Debug)]
pub struct FaultProxy {
    background: Background,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    plan: FaultPlan,
    random: fastrand::Rng,
    runs: HashMap<String, u32>,
    injected: HashMap<Fault, u64>,
}

impl FaultProxy {
    /// Starts a proxy in front of the server at `endpoint` (`http://127.0.0.1:PORT`).
    pub fn start(endpoint: &str, plan: FaultPlan) -> anyhow::Result<FaultProxy> {
        let server = endpoint
            .strip_prefix("http://")
            .ok_or_else(|| anyhow::anyhow!("{endpoint} is not an http:// endpoint"))?
            .trim_end_matches('/')
            .to_owned();
        let state = Arc::new(Mutex::new(State {
            random: fastrand::Rng::with_seed(plan.seed),
            plan,
            runs: HashMap::new(),
            injected: HashMap::new(),
        }));
        let shared = Arc::clone(&state);
        let background = Background::start(move |connection| {
            serve(connection, server.clone(), Arc::clone(&shared))
        })?;
        Ok(FaultProxy { background, state })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        self.background.url()
    }

    /// How often a fault was injected.
    pub fn injected(&self, fault: Fault) -> u64 {
        locked(&self.state).injected.get(&fault).copied().unwrap_or(0)
    }
}

impl State {
    /// The fault of the next request, if any.
    fn draw(&mut self, request: &Request<Incoming>) -> Option<Fault> {
        let (draw, which) = (self.random.f64(), self.random.usize(..));
        let end_of_range = request
            .headers()
            .get(RANGE)
            .and_then(|range| range.to_str().ok())
            .and_then(|range| range.rsplit('-').next())
            .unwrap_or("");
        let name = format!("{} {} {end_of_range}", request.method(), request.uri());
        let run = self.runs.entry(name).or_default();
        if draw >= self.plan.share || *run >= self.plan.longest_run {
            *run = 0;
            return None;
        }
        let fault = self.plan.faults[which % self.plan.faults.len()];
        // There has to be a body to cut; what is not read is not worth waiting for.
        let fault = match fault {
            Fault::Truncated | Fault::Stalled if request.method() == Method::HEAD => {
                Fault::ResetAfter
            }
            Fault::Stalled if request.method() != Method::GET => Fault::ResetAfter,
            fault => fault,
        };
        *run += 1;
        *self.injected.entry(fault).or_default() += 1;
        Some(fault)
    }
}

async fn serve(connection: TcpStream, server: String, state: Arc<Mutex<State>>) {
    let Ok((connection, twin)) = doubled(connection) else {
        return;
    };
    let twin = Arc::new(Mutex::new(Some(twin)));
    let answer = service_fn(|request: Request<Incoming>| {
        let fault = locked(&state).draw(&request);
        let (server, twin) = (server.clone(), Arc::clone(&twin));
        async move { answered(request, fault, &server, &twin).await }
    });
    // Connections are meant to break here.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(connection), answer)
        .await;
}

async fn answered(
    request: Request<Incoming>,
    fault: Option<Fault>,
    server: &str,
    twin: &Mutex<Option<std::net::TcpStream>>,
) -> anyhow::Result<Response<AnyBody>> {
    match fault {
        Some(Fault::InternalError) => refused(request, 500, "InternalError").await,
        Some(Fault::SlowDown) => refused(request, 503, "SlowDown").await,
        Some(Fault::ResetBefore) => Err(reset(twin)),
        Some(Fault::ResetAfter) => {
            forwarded(request, server).await?.into_body().collect().await?;
            Err(reset(twin))
        }
        Some(cut @ (Fault::Truncated | Fault::Stalled)) => {
            let (head, body) = forwarded(request, server).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            if body.is_empty() {
                return Err(reset(twin));
            }
            let cut = CutBody {
                rest: Some(body.slice(..body.len() / 2)),
                size: body.len() as u64,
                is_stalled: cut == Fault::Stalled,
            };
            Ok(Response::from_parts(head, cut.boxed()))
        }
        None => Ok(forwarded(request, server).await?.map(|body| body.map_err(Into::into).boxed())),
    }
}

/// Sends the request on as it is, over a connection of its own.
async fn forwarded(request: Request<Incoming>, server: &str) -> anyhow::Result<Response<Incoming>> {
    let connection = TcpStream::connect(server).await?;
    connection.set_nodelay(true)?;
    let (mut sender, driver) =
        hyper::client::conn::http1::handshake(TokioIo::new(connection)).await?;
    tokio::spawn(driver);
    Ok(sender.send_request(request).await?)
}

/// Takes the whole request in first: a client that is still sending would see a reset instead.
async fn refused(
    request: Request<Incoming>,
    status: u16,
    code: &str,
) -> anyhow::Result<Response<AnyBody>> {
    let is_head = request.method() == Method::HEAD;
    request.into_body().collect().await?;
    let text = format!("<Error><Code>{code}</Code><Message>injected</Message></Error>");
    let body = match is_head {
        true => Empty::new().map_err(|never| match never {}).boxed(),
        false => Full::from(text).map_err(|never| match never {}).boxed(),
    };
    Ok(Response::builder().status(status).header(CONTENT_TYPE, "application/xml").body(body)?)
}

/// Half of a body, and then an early end or nothing more.
struct CutBody {
    rest: Option<Bytes>,
    /// What the header promises, in bytes.
    size: u64,
    is_stalled: bool,
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = anyhow::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<anyhow::Result<Frame<Bytes>>>> {
        match self.rest.take() {
            Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            // Never woken again: the client has to go away by itself.
            _ if self.is_stalled => Poll::Pending,
            _ => Poll::Ready(Some(Err(anyhow::anyhow!("the answer is cut off here")))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size)
    }
}

/// The connection, and a second handle by which it can be reset while hyper holds it.
fn doubled(connection: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    let connection = connection.into_std()?;
    let twin = connection.try_clone()?;
    Ok((TcpStream::from_std(connection)?, twin))
}

/// Closing the last handle then sends RST. The returned error makes hyper close its own.
fn reset(twin: &Mutex<Option<std::net::TcpStream>>) -> anyhow::Error {
    if let Some(twin) = locked(twin).take() {
        let linger = socket2::SockRef::from(&twin).set_linger(Some(std::time::Duration::ZERO));
        linger.expect("a TCP socket takes SO_LINGER");
    }
    anyhow::anyhow!("the connection is reset here")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
