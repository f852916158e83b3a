//! What the buttons do.

use std::time::Duration;

use worker_runtime::http::{Bytes, Request, StatusCode};

use super::answers::{html, see_other};
use super::desk::{Answer, Desk, Refused, away, fields};
use super::gate::COOKIE;
use crate::{
    Queue,
    brokers::redis::{Before, Wish},
    commands::dead::{Fate, all_before, for_each},
    dashboard::{self, Reader},
};

/// How long a wrong token is thought about.
const AFTER_WRONG: Duration = Duration::from_secs(1);

/// The dead letters that a button is about.
enum Meant {
    /// The one of this id.
    One(String),
    /// Those that had died before this moment, in ms of the broker's clock: what the page showed,
    /// and not what has died since.
    AllBefore(u64),
}

impl Desk {
    /// Does what a form asks for.
    pub(super) async fn post(&self, request: &Request<Bytes>, path: &str) -> Answer {
        let form = fields(request.body());
        let field = |name: &str| form.get(name).map_or("", |value| value);
        let Some(gate) = &self.gate else {
            return Err(Refused(
                StatusCode::FORBIDDEN,
                "This page changes nothing: queue-worker serve was given no --token-file.".into(),
            ));
        };
        if path == "/login" {
            // A few at a time, and each wrong one takes a while: nobody tries millions of tokens.
            let Ok(_place) = self.tries.try_acquire() else {
                return Err(Refused(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Others are trying tokens at this moment: try again in some seconds.".into(),
                ));
            };
            if !gate.knows(field("token")) {
                tracing::warn!("somebody has tried to log in with a wrong token");
                tokio::time::sleep(AFTER_WRONG).await;
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
        let meant = || match (field("id"), field("all_before").parse()) {
            ("", Ok(before_ms)) => Ok(Meant::AllBefore(before_ms)),
            ("", Err(_)) => Err(Refused(StatusCode::BAD_REQUEST, "Which task?".into())),
            (id, _) => Ok(Meant::One(id.to_owned())),
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
                let tasks = befall(&queue, meant()?, Fate::Retried).await?;
                tracing::info!(queue = name, tasks, "dead letters begin anew");
            }
            "/dead/drop" => {
                let tasks = befall(&queue, meant()?, Fate::Dropped).await?;
                tracing::info!(queue = name, tasks, "dead letters are forgotten");
            }
            _ => return Err(Refused(StatusCode::NOT_FOUND, "There is no such button.".into())),
        }
        self.watch.look(true).await;
        Ok(see_other(&dashboard::queue_address(name), None))
    }
}

async fn befall(queue: &Queue, meant: Meant, fate: Fate) -> Result<u64, Refused> {
    match meant {
        Meant::One(id) => for_each(queue, vec![id], fate).await.map_err(gone),
        Meant::AllBefore(ms) => all_before(queue, ms, fate).await.map_err(away),
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

/// Nothing of this id is dead.
fn gone(error: anyhow::Error) -> Refused {
    Refused(StatusCode::NOT_FOUND, error.to_string())
}
