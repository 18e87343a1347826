//! Many operations in one request (RFC 7644 §3.7). Each is done as if it had been sent
//! alone, in an order in which what they refer to is there.

use std::collections::HashMap;

use jiff::Timestamp;
use purser_scim::{
    Resource, ScimError, ScimType, Selection,
    message::bulk::{
        BulkFault, BulkMethod, BulkOperation, BulkRequest, BulkResponse, BulkResult, Step,
    },
};
use serde_json::Value;

use super::{Condition, Refused, Service, bad, new_id, not_found, write::Outcome};

/// What came of the operations so far.
#[derive(Default)]
struct Done {
    /// bulkId to id.
    ids: HashMap<String, String>,
    /// By the operation's index.
    results: Vec<Option<BulkResult>>,
    /// What was created in part, by the operation's index: without these bulkIds.
    deferred: HashMap<usize, Vec<String>>,
    errors: u64,
}

impl Service {
    /// Carries a bulk request out.
    ///
    /// # Errors
    /// The request cannot be read (400), or holds too many operations (413). What is
    /// wrong with one operation is told in its place.
    pub async fn bulk(&self, body: &Value, at: Timestamp) -> Result<Value, Refused> {
        let request = BulkRequest::from_value(body, self.tenant.bounds.operations)?;
        let most = request.fail_on_errors.unwrap_or(u64::MAX);
        let mut done = Done {
            results: request.operations.iter().map(|_| None).collect(),
            ..Done::default()
        };
        for step in request.plan() {
            // RFC 7644 §3.7: beyond that the rest is left undone, and not told of.
            if most > 0 && done.errors >= most {
                break;
            }
            let index = match &step {
                Step::Whole(index) | Step::Complete(index) | Step::Deferred { index, .. } => *index,
            };
            let Some(operation) = request.operations.get(index) else {
                continue;
            };
            let operation = match operation {
                Ok(operation) => operation,
                Err(fault) => {
                    done.note(index, failed(fault));
                    continue;
                }
            };
            match step {
                Step::Whole(_) => {
                    let result = self.operate(operation, &mut done.ids, at).await?;
                    done.note(index, result);
                }
                Step::Deferred { without, .. } => {
                    let (now, _) = operation.split(&without);
                    let result = self.operate(&now, &mut done.ids, at).await?;
                    done.deferred.insert(index, without);
                    done.note(index, result);
                }
                Step::Complete(_) => {
                    let Some(without) = done.deferred.remove(&index) else {
                        continue;
                    };
                    // What could not be created cannot be completed.
                    let made = done.results.get(index).and_then(Option::as_ref);
                    if made.is_none_or(BulkResult::is_error) {
                        continue;
                    }
                    let (_, rest) = operation.split(&without);
                    let result = self.operate(&rest, &mut done.ids, at).await?;
                    done.complete(index, result);
                }
            }
        }
        let operations = done.results.into_iter().flatten().collect();
        Ok(BulkResponse { operations }.to_value())
    }

    /// One operation, as if it had been sent alone.
    async fn operate(
        &self,
        operation: &BulkOperation,
        ids: &mut HashMap<String, String>,
        at: Timestamp,
    ) -> Result<BulkResult, Refused> {
        let outcome = match operation.resolved(&|bulk_id| ids.get(bulk_id).cloned()) {
            Ok(resolved) => self.alone(&resolved, at).await,
            Err(error) => Err(error.into()),
        };
        let location = || {
            let path = operation.path.trim_start_matches('/');
            (operation.method != BulkMethod::Post).then(|| format!("{}/{path}", self.tenant.base))
        };
        Ok(match outcome {
            Ok((status, outcome)) => {
                if let (Some(bulk_id), Some(outcome)) = (&operation.bulk_id, &outcome) {
                    ids.insert(bulk_id.clone(), outcome.id.clone());
                }
                BulkResult {
                    method: operation.method,
                    bulk_id: operation.bulk_id.clone(),
                    location: outcome
                        .as_ref()
                        .map(|outcome| outcome.location.clone())
                        .or_else(location),
                    version: outcome.map(|outcome| outcome.tag),
                    status,
                    response: None,
                }
            }
            Err(refused) => BulkResult::failed(
                operation.method,
                operation.bulk_id.clone(),
                location(),
                as_error(refused)?,
            ),
        })
    }

    async fn alone(
        &self,
        operation: &BulkOperation,
        at: Timestamp,
    ) -> Result<(u16, Option<Outcome>), Refused> {
        let endpoint = operation.endpoint().trim_matches('/');
        let kind = self.tenant.at(endpoint).ok_or_else(not_found)?;
        let condition = Condition::version(operation.version.as_deref());
        // Nothing of the resources stands in the answer: who wants it reads it.
        let nothing = Selection::default();
        let id = operation.id().unwrap_or_default();
        let data = operation.data.clone().unwrap_or_default();
        let body = || {
            Resource::from_value(data.clone())
                .map_err(|error| bad(ScimType::InvalidSyntax, error.to_string()))
        };
        Ok(match operation.method {
            BulkMethod::Post => {
                let id = new_id(at);
                let made = self.create(kind, body()?, id, &nothing, at).await?;
                (201, Some(made))
            }
            BulkMethod::Put => {
                let done = self
                    .replace(kind, id, body()?, &condition, &nothing, at)
                    .await?;
                (200, Some(done))
            }
            BulkMethod::Patch => {
                let done = self
                    .patch(kind, id, &data, &condition, &nothing, at)
                    .await?;
                (200, Some(done))
            }
            BulkMethod::Delete => {
                self.delete(kind, id, &condition, at).await?;
                (204, None)
            }
        })
    }
}

impl Done {
    fn note(&mut self, index: usize, result: BulkResult) {
        self.errors += u64::from(result.is_error());
        if let Some(slot) = self.results.get_mut(index) {
            *slot = Some(result);
        }
    }

    /// What was created in part is whole now: or it is told that it is not.
    fn complete(&mut self, index: usize, result: BulkResult) {
        let Some(Some(made)) = self.results.get_mut(index) else {
            return;
        };
        if result.is_error() {
            self.errors += 1;
            made.status = result.status;
            made.response = result.response;
        } else {
            made.version = result.version;
        }
    }
}

fn failed(fault: &BulkFault) -> BulkResult {
    BulkResult::failed(
        fault.method,
        fault.bulk_id.clone(),
        fault.path.clone(),
        fault.error.clone(),
    )
}

/// The error of one operation; where the store fails, the whole request does.
fn as_error(refused: Refused) -> Result<ScimError, Refused> {
    let error = |status, detail: &str| ScimError {
        status,
        scim_type: None,
        detail: detail.to_owned(),
    };
    match refused {
        Refused::Scim(error) => Ok(error),
        Refused::Changed => Ok(error(412, "the resource has another version now")),
        Refused::Busy => Ok(error(503, "the resource is changed by others all the time")),
        Refused::Store(_) => Err(refused),
    }
}
