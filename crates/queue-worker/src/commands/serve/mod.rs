//! `serve`: the queues of a Redis as a page, as JSON and as metrics.

mod acts;
mod answers;
mod desk;
mod gate;
mod gauges;
mod hosts;
mod routes;
mod seen;
mod watch;

use std::{path::Path, sync::Arc, time::Duration};

use rand::Rng as _;
use tracing::info;
use worker_runtime::{Pod, Report, http};

use self::{desk::Desk, gate::Gate, gauges::Gauges, hosts::Hosts, watch::Watch};
use super::error::CommandError;
use crate::{
    brokers::redis::{Keys, connection::Redis},
    cli::ServeArgs,
};

/// The queues are looked at so often while nobody looks at the page, so that it can tell how fast
/// they are.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Characters of a token that nobody guesses by trying.
const SHORTEST_TOKEN: usize = 16;

pub(super) async fn serve(args: ServeArgs, pod: &Pod) -> anyhow::Result<Report> {
    for name in &args.queues {
        Keys::new(name)?;
    }
    let redis = Redis::new(&args.connection)?;
    if redis.is_cluster() && args.queues.is_empty() {
        return Err(CommandError::UnnamedQueues.into());
    }
    let gate = args.token_file.as_deref().map(gate).transpose()?;
    let may_act = gate.is_some();
    let watch = Watch::new(redis, args.queues.into_iter().collect(), Gauges::new(&pod.metrics));
    // What is wrong for good is told before anybody looks.
    watch.begin().await?;
    let redis = watch.address();
    let hosts = Hosts::new(args.allowed_hosts);
    let desk = Desk::new(watch, gate, hosts, args.hide_payloads, pod.metrics.clone());
    let desk = Arc::new(desk);
    let answering = Arc::clone(&desk);
    let address = http::serve(args.listen, move |request| {
        let desk = Arc::clone(&answering);
        async move { desk.answer(request).await }
    })
    .await
    .map_err(|source| CommandError::Listen { address: args.listen.to_string(), source })?;
    desk.listens_at(address);
    info!(%address, redis, may_act, "the page is served until this is stopped");
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        desk.watch().look(false).await;
    }
}

/// The gate for the token in a file.
fn gate(path: &Path) -> anyhow::Result<Gate> {
    let shown = path.display().to_string();
    let token = std::fs::read_to_string(path)
        .map_err(|source| CommandError::Token { path: shown.clone(), source })?;
    let token = token.trim_end_matches(['\r', '\n']);
    let length = token.chars().count();
    if length < SHORTEST_TOKEN {
        return Err(CommandError::ShortToken { path: shown, length }.into());
    }
    let mut secret = [0; 32];
    rand::rng().fill_bytes(&mut secret);
    Ok(Gate::new(token, secret))
}
