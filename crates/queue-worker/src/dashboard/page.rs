//! The pages.

use maud::{DOCTYPE, Markup, html};
use worker_runtime::grouped;

use super::figures::{DeadLetter, Look, Reader};
use crate::queue::ClaimStatus;

/// All queues. `problem` is why the numbers are old, if they are.
#[must_use]
pub fn overview(redis: &str, looks: &[Look], problem: Option<&str>, reader: &Reader) -> String {
    let body = html! {
        header {
            h1 { "Queues" }
            span.faint { "of the Redis at " (redis) }
            (who(reader))
        }
        main data-live {
            (notice(problem))
            section {
                @if looks.is_empty() {
                    p { "There is no queue yet: nothing was pushed by queue-worker, and nothing \
                         was taken. A list of another producer is shown when --queue names it." }
                } @else {
                    div.scroll { table {
                        tr {
                            th.text { "queue" } th.text { "state" } th { "dead" } th { "pending" }
                            th { "delayed" } th { "in hand" } th { "done" } th { "tasks/s, 1 min" }
                            th { "tasks/s, 1 h" }
                        }
                        @for look in looks {
                            tr {
                                td.text { a href=(queue_address(&look.name)) { (look.name) } }
                                td.text { (state(look)) }
                                td { (dead(look.status.dead)) }
                                td { (grouped(look.status.pending)) }
                                td { (grouped(look.status.delayed)) }
                                td { (grouped(look.status.in_hand)) }
                                td { (grouped(look.count("done"))) }
                                td { (rate(look.per_second)) }
                                td { (rate(look.per_second_in_hour)) }
                            }
                        }
                    } }
                }
            }
        }
    };
    whole("Queues", &body)
}

/// One queue, with some of its dead letters. `found` is what was asked for by its id.
#[must_use]
pub fn queue(
    look: &Look,
    letters: &[DeadLetter],
    found: Option<(&str, Result<&DeadLetter, &str>)>,
    problem: Option<&str>,
    reader: &Reader,
) -> String {
    let Look { name, status, .. } = look;
    let is_paused = status.paused_since_ms.is_some();
    let body = html! {
        header {
            h1 { (name) }
            a href="/" { "all queues" }
            (who(reader))
        }
        main data-live {
            (notice(problem))
            dl.figures {
                (figure("State", &state(look)))
                (number("Pending", status.pending))
                (number("Delayed", status.delayed))
                (number("In hand", status.in_hand))
                (number("Done", look.count("done")))
                (figure("Dead", &dead(status.dead)))
                (number("Retries", look.count("retried")))
                (number("Results stored", status.results))
                (figure("Tasks/s, 1 min", &html! { (rate(look.per_second)) }))
                (figure("Tasks/s, 1 h", &html! { (rate(look.per_second_in_hour)) }))
            }
            @if status.missing > 0 {
                p.bad { (grouped(status.missing)) " tasks are missing: something else than \
                         queue-worker has removed them." }
            }
            @if matches!(reader, Reader::Acts { .. }) {
                section.acts {
                    @if is_paused {
                        (act(reader, "/resume", name, &[], "Resume", false))
                        span.faint { "Workers wait; a Job's deadline goes on." }
                    } @else {
                        (act(reader, "/pause", name, &[], "Pause", false))
                        span.faint { "Workers finish what they hold, and wait." }
                    }
                }
            }
            (claims(&status.claims, status.claim_count))
            (dead_letters(look, letters, reader))
            section {
                h2 { "A task by its id" }
                form method="get" action="/queue" {
                    input type="hidden" name="name" value=(name);
                    input name="id" aria-label="id" placeholder="id, from the log or TASK_ID"
                        value=(found.map_or("", |(id, _)| id));
                    " " button { "Look" }
                }
                @match found {
                    None => {}
                    Some((_, Ok(letter))) => {
                        @let letter = std::slice::from_ref(letter);
                        div.scroll { (letters_table(name, letter, &Reader::Looks)) }
                    }
                    Some((_, Err(said))) => p { (said) }
                }
            }
        }
    };
    whole(name, &body)
}

/// Where one logs in. `refused` if a token was wrong.
#[must_use]
pub fn login(refused: bool) -> String {
    let body = html! {
        header { h1 { "Log in" } a href="/" { "all queues" } }
        main { section {
            @if refused { p.bad { "This is not the token." } }
            form method="post" action="/login" {
                label { "Token " input type="password" name="token" autofocus; }
                " " button { "Log in" }
            }
            p.faint { "The token stands in the file that queue-worker serve was given as \
                       --token-file." }
        } }
    };
    whole("Log in", &body)
}

/// What cannot be shown or done, and why.
#[must_use]
pub fn problem(title: &str, said: &str) -> String {
    let body = html! {
        header { h1 { (title) } a href="/" { "all queues" } }
        main { section { p { (said) } } }
    };
    whole(title, &body)
}

fn whole(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - queue-worker" }
                link rel="stylesheet" href="/style.css";
                script src="/live.js" defer {}
            }
            body {
                (body)
                footer { "queue-worker " (env!("CARGO_PKG_VERSION")) ". As JSON: "
                         a href="/api/queues" { "/api/queues" } }
            }
        }
    };
    page.into_string()
}

fn who(reader: &Reader) -> Markup {
    html! {
        span.who.faint {
            @match reader {
                Reader::Looks => { "read-only" }
                Reader::MayLogIn => { a href="/login" { "log in" } " to change something" }
                Reader::Acts { form_token } => {
                    form method="post" action="/logout" {
                        input type="hidden" name="form_token" value=(form_token);
                        button { "Log out" }
                    }
                }
            }
        }
    }
}

fn notice(problem: Option<&str>) -> Markup {
    html! { @if let Some(problem) = problem {
        section { p.bad role="alert" { "These numbers are old: " (problem) } }
    } }
}

fn state(look: &Look) -> Markup {
    let state = look.state();
    html! { span class=(format!("state {}", state.replace(' ', "-"))) { (state) } }
}

fn dead(count: u64) -> Markup {
    html! { @if count > 0 { span.bad { (grouped(count)) } } @else { "0" } }
}

fn rate(per_second: Option<f64>) -> String {
    match per_second {
        None => "-".to_owned(),
        Some(rate) if rate < 10.0 => format!("{rate:.1}"),
        Some(rate) => grouped(rate.round() as u64),
    }
}

fn figure(what: &str, value: &Markup) -> Markup {
    html! { div { dt { (what) } dd { (value) } } }
}

fn number(what: &str, value: u64) -> Markup {
    figure(what, &html! { (grouped(value)) })
}

fn claims(claims: &[ClaimStatus], all: u64) -> Markup {
    html! {
        section {
            h2 { "In hand" }
            @if claims.is_empty() { p.faint { "No worker holds a task." } }
            @else {
                div.scroll { table {
                    tr { th.text { "worker" } th { "tasks" } th { "since" } th { "lease left" } }
                    @for claim in claims {
                        tr {
                            td.text { (claim.worker) }
                            td { (grouped(claim.tasks)) }
                            td { (span(claim.age_ms)) }
                            td { @match u64::try_from(claim.lease_left_ms) {
                                Ok(left) => { (span(left)) }
                                Err(_) => { span.bad { "run out" } }
                            } }
                        }
                    }
                } }
                @if all > claims.len() as u64 {
                    p.faint { "and " (grouped(all - claims.len() as u64)) " more claims" }
                }
            }
        }
    }
}

fn dead_letters(look: &Look, letters: &[DeadLetter], reader: &Reader) -> Markup {
    let (name, all) = (&look.name, look.status.dead);
    html! {
        section {
            h2 { "Dead letters" }
            @if all == 0 { p.faint { "None: no task was given up." } }
            @else {
                @if matches!(reader, Reader::Acts { .. }) {
                    // What dies after this look is not meant.
                    @let all = [("all_before", look.status.now_ms.to_string())];
                    @let all = all.each_ref().map(|(field, value)| (*field, value.as_str()));
                    div.acts {
                        (act(reader, "/dead/retry", name, &all, "Retry all", false))
                        (act(reader, "/dead/drop", name, &all, "Drop all", true))
                    }
                }
                div.scroll { (letters_table(name, letters, reader)) }
                p.faint { "The oldest " (grouped(letters.len() as u64)) " of " (grouped(all)) "." }
            }
        }
    }
}

fn letters_table(queue: &str, letters: &[DeadLetter], reader: &Reader) -> Markup {
    let may_act = matches!(reader, Reader::Acts { .. });
    html! {
        table.letters {
            tr {
                th.text { "id" } th.text { "last failed" } th.text { "why" } th { "attempts" }
                th { "crashes" } th.text { "worker" } th.text { "last error" } th.text { "task" }
                @if may_act { th {} }
            }
            @for letter in letters {
                tr {
                    td.text { code { (letter.id) } }
                    td.text { (letter.died_at) }
                    td.text { (letter.reason) }
                    td { (letter.attempts) }
                    td { (letter.crashes) }
                    td.text { (letter.worker) }
                    td.long { (hidden(letter.error.as_deref())) }
                    td.long { code { (hidden(letter.payload.as_deref())) } }
                    @if may_act { td {
                        (act(reader, "/dead/retry", queue, &[("id", &letter.id)], "Retry", false))
                        " "
                        (act(reader, "/dead/drop", queue, &[("id", &letter.id)], "Drop", true))
                    } }
                }
            }
        }
    }
}

fn hidden(text: Option<&str>) -> &str {
    text.unwrap_or("(hidden)")
}

/// A button that does something to a queue.
fn act(
    reader: &Reader,
    path: &str,
    queue: &str,
    fields: &[(&str, &str)],
    label: &str,
    is_danger: bool,
) -> Markup {
    let Reader::Acts { form_token } = reader else { return html! {} };
    let question = is_danger.then(|| format!("{label}: what is dropped is gone for good."));
    html! {
        form method="post" action=(path) data-confirm=[question] {
            input type="hidden" name="form_token" value=(form_token);
            input type="hidden" name="name" value=(queue);
            @for (field, value) in fields { input type="hidden" name=(field) value=(value); }
            button class=[is_danger.then_some("danger")] { (label) }
        }
    }
}

/// Where the page of a queue is.
#[must_use]
pub fn queue_address(name: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    format!("/queue?{query}")
}

/// A time span for people.
fn span(ms: u64) -> String {
    match ms / 1000 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
