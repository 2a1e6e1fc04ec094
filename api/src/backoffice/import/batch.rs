//! Some lines at a time, in one append. Where it is refused (the plan allows no more), each line is made by itself, so that one keeps back
//! no other. Not so under an Idempotency-Key: a batch that was made in part could not be known again.

use super::kinds::{Importable, Made};
use super::report::{Report, Row};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::http::ApiError;
use sha2::{Digest, Sha256};
use sunledger_commands::{CommandError, Context, Idempotency};

/// Lines of a batch.
const LINES: usize = 500;

/// Lines that wait to be made.
pub(super) struct Batch<'a, K: Importable> {
    app: &'a App,
    call: &'a Call<Backoffice>,
    waiting: Vec<(Row, K::Draft)>,
    /// Batches before this one.
    done: u64,
}

impl<'a, K: Importable> Batch<'a, K> {
    pub(super) fn new(app: &'a App, call: &'a Call<Backoffice>) -> Self {
        Self { app, call, waiting: Vec::new(), done: 0 }
    }

    /// Takes a line, and makes those before it where they are enough.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn add(
        &mut self,
        row: Row,
        draft: K::Draft,
        report: &mut Report,
    ) -> Result<(), ApiError> {
        self.waiting.push((row, draft));
        if self.waiting.len() >= LINES { self.flush(report).await } else { Ok(()) }
    }

    /// Makes what waits.
    ///
    /// # Errors
    /// The store's; 422 where the batch was made before, under its key and of other lines.
    pub(super) async fn flush(&mut self, report: &mut Report) -> Result<(), ApiError> {
        let (rows, drafts): (Vec<Row>, Vec<K::Draft>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        if rows.is_empty() {
            return Ok(());
        }
        let context = self.context(&drafts);
        self.done += 1;
        match K::make(self.app, &context, drafts.clone()).await {
            Ok(made) => {
                rows.iter().zip(made).for_each(|(row, made)| tell(report, *row, &made));
                Ok(())
            }
            Err(error @ CommandError::Domain(_)) if self.call.context.idempotency.is_some() => {
                let error = K::refusal(error);
                rows.iter().for_each(|row| report.failed(*row, &error));
                Ok(())
            }
            Err(CommandError::Domain(_)) => {
                for (row, draft) in rows.into_iter().zip(drafts) {
                    match K::make(self.app, &self.call.context, vec![draft]).await {
                        Ok(made) => made.iter().for_each(|made| tell(report, row, made)),
                        Err(error @ CommandError::Domain(_)) => report.failed(row, &K::refusal(error)),
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The request's, under a key of this batch's own: the request's and its place, for what it makes.
    fn context(&self, drafts: &[K::Draft]) -> Context {
        let idempotency = self.call.context.idempotency.as_ref().map(|of_request| {
            let mut hash = Sha256::new();
            hash.update(of_request.fingerprint);
            for draft in drafts {
                let said = K::said(draft);
                hash.update((said.len() as u64).to_be_bytes());
                hash.update(said);
            }
            let key = format!("{} {}", of_request.key, self.done).into();
            Idempotency { key, fingerprint: hash.finalize().into() }
        });
        Context { idempotency, ..self.call.context.clone() }
    }
}

fn tell(report: &mut Report, row: Row, made: &Made) {
    report.created(row, made.number, made.replayed);
}
