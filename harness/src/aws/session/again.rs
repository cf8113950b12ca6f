//! More of an account than the look at it holds: looked at again, or asked for the first time.
use std::collections::{BTreeMap, BTreeSet};

use super::Aws;
use crate::aws::fetch::{FEW, named};
use crate::aws::kind::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::paths::{Again, Wants};
use crate::aws::record::{Record, at};
use crate::aws::snapshot::Snapshot;
use crate::aws::sought::Missed;
use crate::fault::Code;

impl Aws {
    /// Looks again at what is wanted of one kind: of the resource with this id, or of all. Only the calls that the paths
    /// need are made again, narrowed to the id where the API can; all else is `base`'s. Where not even the account was
    /// observed in `base`, everything is made anew.
    pub async fn look_again(&self, base: &Snapshot, wants: &Wants, id: Option<&str>) -> Snapshot {
        if base.list(Kind::Account).is_err() {
            return self.snapshot(wants).await;
        }
        let mut again = wants.again();
        // What was not known before is not known by asking for a part of it.
        let unknown = again
            .wants
            .0
            .keys()
            .filter(|&&kind| base.list(kind).is_err());
        again.listings.extend(unknown.copied().collect::<Vec<_>>());
        // Which kind the id is of is clear only where one kind is wanted.
        let only = id
            .filter(|_| wants.0.len() == 1)
            .map(|id| self.redactor().real(id));
        let root = wants.0.keys().next().copied();
        let only_of = |kind| only.as_deref().filter(|_| root == Some(kind));
        let mut fresh = Snapshot::of(&base.region);
        self.list_again(base, &again, only_of, &mut fresh).await;
        self.own_again(base, &again, only_of, &mut fresh).await;
        self.redactor().snapshot(&mut fresh);
        let narrowed = |kind| id.filter(|_| only_of(kind).is_some());
        base.with(fresh, narrowed)
    }

    async fn list_again<'a>(
        &self,
        base: &Snapshot,
        again: &Again,
        only_of: impl Fn(Kind) -> Option<&'a str>,
        fresh: &mut Snapshot,
    ) {
        let mut tasks = tokio::task::JoinSet::new();
        for &kind in again.listings.iter().filter(|&&kind| kind != Kind::Account) {
            // One resource alone is of no use where the others are not known.
            let only = only_of(kind)
                .filter(|_| base.list(kind).is_ok())
                .map(str::to_owned);
            let fetcher = self.fetcher().clone();
            tasks.spawn(async move { (kind, fetcher.list(kind, only.as_deref()).await) });
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok((kind, listing)) = done {
                fresh.put(kind, listing);
            }
        }
        for &kind in &again.listings {
            if fresh
                .list(kind)
                .is_err_and(|error| error.code == Code::NotInEvidence)
            {
                fresh.put(kind, Err(self.broken(kind.page_call())));
            }
        }
    }

    async fn own_again<'a>(
        &self,
        base: &Snapshot,
        again: &Again,
        only_of: impl Fn(Kind) -> Option<&'a str>,
        fresh: &mut Snapshot,
    ) {
        for (&kind, paths) in &again.wants.0 {
            let listing = if again.listings.contains(&kind) {
                fresh.list(kind)
            } else {
                base.list(kind)
            };
            let Ok(records) = listing else {
                continue;
            };
            let only = only_of(kind);
            let living = records.iter().filter(|record| kind.alive(record));
            // By what they are really called: a listing that was just made is not redacted yet.
            let living: Vec<Record> = living.map(|record| self.asked(record)).collect();
            let asked = |call: OwnCall| {
                let is_whole = only.is_some() || living.len() <= FEW || !call.is_for_one();
                // Of many, those that somebody needed before; who needs another one will say so.
                let known = self.asked_by(base, call);
                let is_asked = |id: &str| match only {
                    Some(only) => id == only,
                    None => is_whole || known.contains(id),
                };
                let records = living.iter();
                let asked = records.filter(|record| at(record, &["id"]).is_some_and(is_asked));
                asked.cloned().collect()
            };
            let fetcher = self.fetcher();
            for (call, answers) in fetcher.own_calls(kind, paths, only.is_some(), asked).await {
                for (id, answer) in answers {
                    fresh.put_own(call, id, answer);
                }
            }
        }
    }

    /// The snapshot with what a look leaves out where many share the account: calls that tell of one resource alone, made for
    /// those resources of which `seek`, who reads what it needs, misses them. Nothing is asked that is not among `wants`.
    #[must_use]
    pub async fn complete(
        &self,
        mut snapshot: Snapshot,
        wants: &Wants,
        seek: impl Fn(&Snapshot),
    ) -> Snapshot {
        let wants = wants.closed();
        let calls = wants.own_calls();
        let mut tried = BTreeSet::new();
        // What comes may lead on to more: a resource that is told from others by it, and what is needed of that.
        loop {
            let (seeking, sought) = snapshot.seeking();
            seek(&seeking);
            let mut missed = sought.taken();
            missed.retain(|&call, ids| {
                // Whatever became of a call, it is made once.
                ids.retain(|id| {
                    snapshot.is_alive(call.kind(), id) && tried.insert((call, id.clone()))
                });
                calls.contains(&call) && !ids.is_empty()
            });
            if missed.is_empty() {
                return snapshot;
            }
            let fresh = self.ask_for(&snapshot, &wants, missed).await;
            snapshot = snapshot.with(fresh, |_| None);
        }
    }

    /// Makes the calls that are missed, all side by side. Each answer is told of the resource by the name that the snapshot has
    /// for it: of whom more is known by now is still who they were.
    async fn ask_for(&self, base: &Snapshot, wants: &Wants, missed: Missed) -> Snapshot {
        let mut tasks = tokio::task::JoinSet::new();
        let mut found = BTreeMap::new();
        for (call, ids) in missed {
            let kind = call.kind();
            let records = ids.iter().filter_map(|id| {
                // In place of an answer that a breakdown of ours would lose.
                found.insert((call, id.clone()), Err(self.broken(call.action())));
                let record = base.find_by_id(kind, id).ok().flatten()?;
                Some((id.clone(), self.asked(record)))
            });
            let (ids, records): (Vec<String>, Vec<Record>) = records.unzip();
            let fetcher = self.fetcher().clone();
            let paths = wants.0.get(&kind).cloned().unwrap_or_default();
            tasks.spawn(async move {
                let mut answers = fetcher.answers(call, &records, &paths, false).await;
                let real = |record| at(record, &["id"]).unwrap_or_default();
                let answers = records.iter().map(|record| answers.remove(real(record)));
                (call, ids.into_iter().zip(answers).collect::<Vec<_>>())
            });
        }
        while let Some(done) = tasks.join_next().await {
            let Ok((call, answers)) = done else {
                continue;
            };
            for (id, answer) in answers {
                if let Some(answer) = answer {
                    found.insert((call, id), answer);
                }
            }
        }
        self.redactor().answers(&mut found);
        let mut fresh = Snapshot::of(&base.region);
        for ((call, id), answer) in found {
            fresh.put_own(call, id, answer);
        }
        fresh
    }

    /// The resources that a call of its own was made for, by what they are really called.
    fn asked_by(&self, snapshot: &Snapshot, call: OwnCall) -> BTreeSet<String> {
        let redactor = self.redactor();
        let ids = snapshot.asked_by(call).map(|id| redactor.real(id));
        ids.collect()
    }

    /// What a record's own calls are asked by, as the API knows it: pseudonyms taken back.
    fn asked(&self, record: &Record) -> Record {
        let redactor = self.redactor();
        let mut record = named(record);
        for field in ["id", "arn"] {
            if let Some(text) = record.get(field).and_then(serde_json::Value::as_str) {
                let real = redactor.real(text);
                record.insert(field.to_owned(), real.into());
            }
        }
        record
    }
}
