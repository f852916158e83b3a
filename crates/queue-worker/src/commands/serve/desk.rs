//! Who asks, and what is answered.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::json;
use worker_runtime::http::{Bytes, Method, Request, Response, StatusCode, header};
use worker_runtime::{Metrics, causes};

use super::answers::{html, json as as_json, see_other, text};
use super::gate::{COOKIE, Gate};
use super::watch::{PATIENCE, Watch};
use crate::{
    Queue, QueueError,
    brokers::redis::{Before, Record, Wish},
    commands::{
        dead::{Fate, for_each},
        output::{excerpt, moment},
    },
    dashboard::{self, DeadLetter, Look, Reader},
    queue::Status,
};

/// Dead letters on a page.
const LETTERS: usize = 50;
/// Characters of a payload or an error on a page.
const SHOWN: usize = 300;

/// Answers every request.
pub(super) struct Desk {
    watch: Watch,
    gate: Option<Gate>,
    hides_payloads: bool,
    metrics: Metrics,
    address: OnceLock<SocketAddr>,
}

/// What went wrong with one request.
struct Refused(StatusCode, String);

type Answer = Result<Response<Bytes>, Refused>;

/// A queue as JSON.
#[derive(Serialize)]
struct QueueJson<'a> {
    queue: &'a str,
    exists: bool,
    per_second: Option<f64>,
    per_second_in_hour: Option<f64>,
    #[serde(flatten)]
    status: &'a Status,
}

impl Desk {
    pub(super) fn new(
        watch: Watch,
        gate: Option<Gate>,
        hides_payloads: bool,
        metrics: Metrics,
    ) -> Desk {
        Desk { watch, gate, hides_payloads, metrics, address: OnceLock::new() }
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Notes where it listens, once it does.
    pub(super) fn listens_at(&self, address: SocketAddr) {
        let _ = self.address.set(address);
    }

    pub(super) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answered = if self.is_meant(&request) {
            // What waits for Redis for longer would be given up by whoever asks.
            match tokio::time::timeout(PATIENCE + PATIENCE / 4, self.route(&request)).await {
                Ok(answered) => answered,
                Err(_) => Err(Refused(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("Redis at {} does not answer.", self.watch.address()),
                )),
            }
        } else {
            Err(Refused(
                StatusCode::MISDIRECTED_REQUEST,
                "This page is for this host alone: ask for it as localhost or 127.0.0.1.".into(),
            ))
        };
        let path = request.uri().path();
        let is_for_programs = path.starts_with("/api/") || path.starts_with("/backlog/");
        answered.unwrap_or_else(|Refused(status, said)| match is_for_programs {
            true => as_json(status, &json!({ "problem": said })),
            false => {
                let title = status.canonical_reason().unwrap_or("Refused");
                html(status, dashboard::problem(title, &said))
            }
        })
    }

    /// Whether a request that comes to this host alone was meant for it: a name of somebody else's
    /// that was made to point here would let a foreign page read this one (DNS rebinding).
    fn is_meant(&self, request: &Request<Bytes>) -> bool {
        if !self.address.get().is_some_and(|address| address.ip().is_loopback()) {
            return true;
        }
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
        });
        let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        name.eq_ignore_ascii_case("localhost") || is_address.is_ok_and(|ip| ip.is_loopback())
    }

    async fn route(&self, request: &Request<Bytes>) -> Answer {
        let uri = request.uri();
        let query = fields(uri.query().unwrap_or_default().as_bytes());
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        match (uri.path(), is_read) {
            ("/", true) => self.overview(request).await,
            ("/queue", true) => self.queue(request, &query).await,
            ("/login", true) => Ok(html(StatusCode::OK, dashboard::login(false))),
            ("/style.css", true) => {
                Ok(text(StatusCode::OK, "text/css; charset=utf-8", dashboard::STYLE))
            }
            ("/live.js", true) => {
                Ok(text(StatusCode::OK, "text/javascript; charset=utf-8", dashboard::SCRIPT))
            }
            ("/healthz", true) => Ok(text(StatusCode::OK, "text/plain", "ok\n")),
            ("/metrics", true) => {
                self.watch.look(false).await;
                let content_type = Metrics::CONTENT_TYPE;
                Ok(text(StatusCode::OK, content_type, &self.metrics.exposition()))
            }
            ("/api/queues", true) => self.queues_json().await,
            ("/api/dead", true) => self.dead_json(&query).await,
            (path, true) if path.starts_with("/backlog/") => self.backlog(path).await,
            (path, false) if request.method() == Method::POST => self.post(request, path).await,
            _ => Err(Refused(StatusCode::NOT_FOUND, "There is no such page.".into())),
        }
    }

    async fn post(&self, request: &Request<Bytes>, path: &str) -> Answer {
        let form = fields(request.body());
        let field = |name: &str| form.get(name).map_or("", |value| value);
        let Some(gate) = &self.gate else {
            return Err(Refused(
                StatusCode::FORBIDDEN,
                "This page changes nothing: queue-worker serve was given no --token-file.".into(),
            ));
        };
        if path == "/login" {
            if !gate.knows(field("token")) {
                tracing::warn!("somebody has tried to log in with a wrong token");
                return Ok(html(StatusCode::FORBIDDEN, dashboard::login(true)));
            }
            tracing::info!("somebody has logged in");
            let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", gate.cookie());
            return Ok(see_other("/", Some(&cookie)));
        }
        if self.reader(request) == Reader::MayLogIn || !gate.is_own_form(field("form_token")) {
            return Err(Refused(
                StatusCode::FORBIDDEN,
                "Log in first; a page from before the last restart has to be loaded anew.".into(),
            ));
        }
        if path == "/logout" {
            gate.log_out();
            let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
            return Ok(see_other("/", Some(&cookie)));
        }
        let name = field("name");
        let queue = self.named(name)?;
        let ids = match (field("id"), field("all")) {
            ("", "yes") => Vec::new(),
            ("", _) if path.starts_with("/dead/") => {
                return Err(Refused(StatusCode::BAD_REQUEST, "Which task?".into()));
            }
            (id, _) => vec![id.to_owned()],
        };
        match path {
            "/pause" => {
                is_there(name, queue.pause(Wish::Pause).await.map_err(away)?)?;
                tracing::info!(queue = name, "paused");
            }
            "/resume" => {
                is_there(name, queue.pause(Wish::Resume).await.map_err(away)?)?;
                tracing::info!(queue = name, "resumed");
            }
            "/dead/retry" => {
                let tasks = for_each(&queue, ids, Fate::Retried).await.map_err(gone)?;
                tracing::info!(queue = name, tasks, "dead letters begin anew");
            }
            "/dead/drop" => {
                let tasks = for_each(&queue, ids, Fate::Dropped).await.map_err(gone)?;
                tracing::info!(queue = name, tasks, "dead letters are forgotten");
            }
            _ => return Err(Refused(StatusCode::NOT_FOUND, "There is no such button.".into())),
        }
        self.watch.look(true).await;
        Ok(see_other(&dashboard::queue_address(name), None))
    }

    fn reader(&self, request: &Request<Bytes>) -> Reader {
        let Some(gate) = &self.gate else { return Reader::Looks };
        let cookies = request.headers().get_all(header::COOKIE);
        let has_logged_in = cookies
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .any(|cookies| gate.has_logged_in(cookies));
        match has_logged_in {
            true => Reader::Acts { form_token: gate.form_token() },
            false => Reader::MayLogIn,
        }
    }

    fn named(&self, name: &str) -> Result<Queue, Refused> {
        self.watch.queue(name).ok_or_else(|| {
            let said = format!("{name:?} is not among the queues that are shown here.");
            Refused(StatusCode::NOT_FOUND, said)
        })
    }

    async fn overview(&self, request: &Request<Bytes>) -> Answer {
        let seen = self.watch.look(false).await;
        let reader = self.reader(request);
        let problem = seen.problem.as_deref();
        let page = dashboard::overview(&self.watch.address(), &seen.looks, problem, &reader);
        Ok(html(StatusCode::OK, page))
    }

    async fn queue(&self, request: &Request<Bytes>, query: &Fields<'_>) -> Answer {
        let name = query.get("name").map_or("", |name| name);
        let queue = self.named(name)?;
        let seen = self.watch.look(false).await;
        let Some(look) = seen.looks.iter().find(|look| look.name == name) else {
            let shown = "There is no such queue, or it is not among those that are shown.";
            return Err(Refused(StatusCode::NOT_FOUND, shown.into()));
        };
        // A Redis that does not answer is not asked again: its last numbers are shown at least.
        let letters = if seen.problem.is_some() || look.status.dead == 0 {
            Vec::new()
        } else {
            self.letters(&queue, LETTERS).await?
        };
        let id = query.get("id").map(|id| id.trim()).filter(|id| !id.is_empty());
        let found = match id {
            None => None,
            Some(id) => Some((id, self.letter(&queue, id).await?)),
        };
        let found = found.as_ref().map(|(id, found)| {
            let nothing = "No task of this id has failed: it waits for its first attempt, is in \
                           hand, is done (queue-worker result finds its result), or was never \
                           here.";
            (*id, found.as_ref().ok_or(nothing))
        });
        let (problem, reader) = (seen.problem.as_deref(), self.reader(request));
        Ok(html(StatusCode::OK, dashboard::queue(look, &letters, found, problem, &reader)))
    }

    async fn letters(&self, queue: &Queue, most: usize) -> Result<Vec<DeadLetter>, Refused> {
        let ids = queue.dead_ids(0, most).await.map_err(away)?;
        let records = queue.records(&ids).await.map_err(away)?;
        // One that was retried meanwhile is gone.
        let there = ids.into_iter().zip(records).filter_map(|(id, record)| Some((id, record?)));
        Ok(there.map(|(id, record)| self.shown(id, &record)).collect())
    }

    async fn letter(&self, queue: &Queue, id: &str) -> Result<Option<DeadLetter>, Refused> {
        let record = queue.record(id).await.map_err(away)?;
        Ok(record.map(|record| self.shown(id.to_owned(), &record)))
    }

    fn shown(&self, id: String, record: &Record) -> DeadLetter {
        let shown = |bytes: &[u8]| (!self.hides_payloads).then(|| excerpt(bytes, SHOWN));
        DeadLetter {
            id,
            died_at: moment(record.last_seen_ms),
            reason: match record.reason.as_str() {
                "-" => "waits for another attempt".to_owned(),
                reason => reason.to_owned(),
            },
            attempts: record.failures,
            crashes: record.crashes,
            worker: record.worker.clone(),
            error: shown(&record.error),
            payload: shown(&record.payload),
        }
    }

    async fn queues_json(&self) -> Answer {
        let seen = self.watch.look(false).await;
        let queues: Vec<QueueJson<'_>> = seen.looks.iter().map(queue_json).collect();
        let status = match &seen.problem {
            Some(_) => StatusCode::SERVICE_UNAVAILABLE,
            None => StatusCode::OK,
        };
        Ok(as_json(status, &json!({ "problem": seen.problem, "queues": queues })))
    }

    async fn dead_json(&self, query: &Fields<'_>) -> Answer {
        let queue = self.named(query.get("name").map_or("", |name| name))?;
        let letters = self.letters(&queue, LETTERS).await?;
        let letters: Vec<serde_json::Value> = letters
            .iter()
            .map(|letter| {
                json!({
                    "id": letter.id, "died_at": letter.died_at, "reason": letter.reason,
                    "attempts": letter.attempts, "crashes": letter.crashes,
                    "worker": letter.worker, "last_error": letter.error, "task": letter.payload,
                })
            })
            .collect();
        Ok(as_json(StatusCode::OK, &json!({ "dead": letters })))
    }

    /// The work that is there now, as an autoscaler wants it: tasks that wait, whose time has come,
    /// or that are in hand.
    async fn backlog(&self, path: &str) -> Answer {
        let name = percent_encoding::percent_decode_str(&path["/backlog/".len()..]);
        let name = name.decode_utf8_lossy();
        let queue = self.named(&name)?;
        let status = queue.status(0).await.map_err(away)?;
        let due = match status.delayed {
            0 => 0,
            _ => queue.due(status.now_ms).await.map_err(away)?,
        };
        let backlog = status.pending + due + status.in_hand;
        Ok(as_json(StatusCode::OK, &json!({ "backlog": backlog, "exists": status.exists() })))
    }
}

/// A queue that was not there has not been paused.
fn is_there(name: &str, before: Before) -> Result<(), Refused> {
    match before {
        Before::Absent => {
            Err(Refused(StatusCode::NOT_FOUND, format!("There is no queue {name:?}.")))
        }
        Before::Going | Before::Paused { .. } => Ok(()),
    }
}

fn queue_json(look: &Look) -> QueueJson<'_> {
    let Look { name, status, per_second, per_second_in_hour } = look;
    QueueJson {
        queue: name,
        exists: status.exists(),
        per_second: *per_second,
        per_second_in_hour: *per_second_in_hour,
        status,
    }
}

type Fields<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// The fields of a form or a query; the last one of a name.
fn fields(text: &[u8]) -> Fields<'_> {
    form_urlencoded::parse(text).collect()
}

/// Redis has not answered.
fn away(error: QueueError) -> Refused {
    Refused(StatusCode::SERVICE_UNAVAILABLE, causes(&error).join(": "))
}

/// Nothing of this id is dead.
fn gone(error: anyhow::Error) -> Refused {
    Refused(StatusCode::NOT_FOUND, error.to_string())
}
