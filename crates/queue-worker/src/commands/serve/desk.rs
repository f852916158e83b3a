//! Who asks, and what is answered.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;
use worker_runtime::http::{Bytes, Request, Response, StatusCode, header};
use worker_runtime::{Metrics, causes};

use super::answers::{allowing, html, json as as_json, text};
use super::gate::Gate;
use super::hosts::Hosts;
use super::routes;
use super::watch::{PATIENCE, Watch};
use crate::{
    Queue, QueueError,
    brokers::redis::Record,
    commands::{
        output::{excerpt, moment},
        queue_access::all_dead,
    },
    dashboard::{self, DeadLetter, Look, Reader},
    queue::Status,
};

/// Dead letters on a page, and in an answer to a program that asks for no other number.
const LETTERS: usize = 50;
/// Dead letters that a program may ask for at once.
const MOST_LETTERS: usize = 500;
/// Tokens that are tried at the same time.
const TRIES: usize = 4;
/// Characters of a payload or an error on a page.
const SHOWN: usize = 300;

/// Answers every request.
pub(super) struct Desk {
    pub(super) watch: Watch,
    pub(super) gate: Option<Gate>,
    hosts: Hosts,
    hides_payloads: bool,
    metrics: Metrics,
    address: OnceLock<SocketAddr>,
    /// A place for each token that is tried.
    pub(super) tries: Semaphore,
}

/// What went wrong with one request.
pub(super) struct Refused(pub StatusCode, pub String);

pub(super) type Answer = Result<Response<Bytes>, Refused>;

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
        hosts: Hosts,
        hides_payloads: bool,
        metrics: Metrics,
    ) -> Desk {
        let (address, tries) = (OnceLock::new(), Semaphore::new(TRIES));
        Desk { watch, gate, hosts, hides_payloads, metrics, address, tries }
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Notes where it listens, once it does.
    pub(super) fn listens_at(&self, address: SocketAddr) {
        let _ = self.address.set(address);
    }

    pub(super) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let allowed = routes::methods(path);
        let answered = if allowed.contains(request.method()) {
            // What waits for Redis for longer would be given up by whoever asks.
            match tokio::time::timeout(PATIENCE + PATIENCE / 4, self.route(&request)).await {
                Ok(answered) => answered,
                Err(_) => Err(Refused(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("Redis at {} does not answer.", self.watch.address()),
                )),
            }
        } else if allowed.is_empty() {
            Err(Refused(StatusCode::NOT_FOUND, "There is no such page.".into()))
        } else {
            let said = format!("This is answered to {} alone.", routes::words(allowed));
            Err(Refused(StatusCode::METHOD_NOT_ALLOWED, said))
        };
        let is_for_programs = path.starts_with("/api/") || path.starts_with("/backlog/");
        let answer = answered.unwrap_or_else(|Refused(status, said)| match is_for_programs {
            true => as_json(status, &json!({ "problem": said })),
            false => {
                let title = status.canonical_reason().unwrap_or("Refused");
                html(status, dashboard::problem(title, &said))
            }
        });
        match answer.status() {
            StatusCode::METHOD_NOT_ALLOWED => allowing(answer, &routes::words(allowed)),
            _ => answer,
        }
    }

    /// Refuses a request for what only those may read who meant this page, unless they did.
    fn is_meant(&self, request: &Request<Bytes>) -> Result<(), Refused> {
        let is_local = self.address.get().is_none_or(|address| address.ip().is_loopback());
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        match self.hosts.are_meant_by(host.unwrap_or_default(), is_local) {
            true => Ok(()),
            false => {
                let said = "This page is not known by that name: ask for it as localhost or by its \
                            address, or give queue-worker serve the name as --allowed-hosts.";
                Err(Refused(StatusCode::MISDIRECTED_REQUEST, said.into()))
            }
        }
    }

    async fn route(&self, request: &Request<Bytes>) -> Answer {
        let uri = request.uri();
        let path = uri.path();
        if !routes::is_a_number(path) {
            self.is_meant(request)?;
        }
        if routes::is_an_act(request.method()) {
            return self.post(request, path).await;
        }
        let query = fields(uri.query().unwrap_or_default().as_bytes());
        match path {
            "/" => self.overview(request).await,
            "/queue" => self.queue(request, &query).await,
            "/login" => Ok(html(StatusCode::OK, dashboard::login(false))),
            "/style.css" => Ok(text(StatusCode::OK, "text/css; charset=utf-8", dashboard::STYLE)),
            "/live.js" => {
                Ok(text(StatusCode::OK, "text/javascript; charset=utf-8", dashboard::SCRIPT))
            }
            "/healthz" => Ok(text(StatusCode::OK, "text/plain", "ok\n")),
            "/metrics" => {
                self.watch.look(false).await;
                let content_type = Metrics::CONTENT_TYPE;
                Ok(text(StatusCode::OK, content_type, &self.metrics.exposition()))
            }
            "/api/queues" => self.queues_json().await,
            "/api/dead" => self.dead_json(&query).await,
            _ => self.backlog(path).await,
        }
    }

    pub(super) fn reader(&self, request: &Request<Bytes>) -> Reader {
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

    pub(super) fn named(&self, name: &str) -> Result<Queue, Refused> {
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
            self.letters(&queue, 0, LETTERS).await?
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

    async fn letters(
        &self,
        queue: &Queue,
        offset: usize,
        most: usize,
    ) -> Result<Vec<DeadLetter>, Refused> {
        let ids = queue.dead_ids(offset, most).await.map_err(away)?;
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
            payload_bytes: record.payload.len(),
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
        let offset = number(query, "offset", 0)?;
        let limit = number(query, "limit", LETTERS)?.clamp(1, MOST_LETTERS);
        let total = all_dead(&queue).await.map_err(away)?;
        if total == 0 {
            self.is_there(&queue, &queue.status(0).await.map_err(away)?)?;
        }
        let letters = self.letters(&queue, offset, limit).await?;
        let letters: Vec<serde_json::Value> = letters
            .iter()
            .map(|letter| {
                json!({
                    "id": letter.id, "died_at": letter.died_at, "reason": letter.reason,
                    "attempts": letter.attempts, "crashes": letter.crashes,
                    "worker": letter.worker, "last_error_excerpt": letter.error,
                    "task_excerpt": letter.payload, "task_size_bytes": letter.payload_bytes,
                })
            })
            .collect();
        Ok(as_json(StatusCode::OK, &json!({ "total": total, "offset": offset, "dead": letters })))
    }

    /// Refuses a queue that is not there, unless it was named when the page was started: that one
    /// may be made yet, and has no work until then. Any other name is most likely mistyped, and an
    /// autoscaler that was answered 0 would take the workers of a full queue away.
    fn is_there(&self, queue: &Queue, status: &Status) -> Result<(), Refused> {
        let name = queue.keys().pending();
        if status.exists() || self.watch.is_named(name) {
            return Ok(());
        }
        let said = format!(
            "There is no queue {name:?} in this Redis: is the name right? One that is made later \
             has no work until then if queue-worker serve is given it as --queue."
        );
        Err(Refused(StatusCode::NOT_FOUND, said))
    }

    /// The work that is there now, as an autoscaler wants it: tasks that wait, whose time has come,
    /// or that are in hand.
    async fn backlog(&self, path: &str) -> Answer {
        let name = percent_encoding::percent_decode_str(&path["/backlog/".len()..]);
        let name = name.decode_utf8_lossy();
        let queue = self.named(&name)?;
        let status = queue.status(0).await.map_err(away)?;
        self.is_there(&queue, &status)?;
        let due = match status.delayed {
            0 => 0,
            _ => queue.due(status.now_ms).await.map_err(away)?,
        };
        let backlog = status.pending + due + status.in_hand;
        Ok(as_json(StatusCode::OK, &json!({ "backlog": backlog, "exists": status.exists() })))
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

pub(super) type Fields<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// The fields of a form or a query; the last one of a name.
pub(super) fn fields(text: &[u8]) -> Fields<'_> {
    form_urlencoded::parse(text).collect()
}

/// Redis has not answered.
pub(super) fn away(error: QueueError) -> Refused {
    Refused(StatusCode::SERVICE_UNAVAILABLE, causes(&error).join(": "))
}

/// A field that is a number.
fn number(query: &Fields<'_>, field: &str, otherwise: usize) -> Result<usize, Refused> {
    let Some(text) = query.get(field) else { return Ok(otherwise) };
    text.parse().map_err(|_| {
        Refused(StatusCode::BAD_REQUEST, format!("{field} is no whole number: {text:?}"))
    })
}
