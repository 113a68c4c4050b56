//! temp
#![allow(missing_docs)]
use super::{Context, queue::{Item, Worker}}; use crate::store::{WatchEvent, Actor}; use crate::resource::object::Body; use crate::resource::Kind; use crate::resource::model::*; use std::time::Duration;
#[derive(Clone, Debug, Default)] pub struct Scheduler;
impl Scheduler { pub fn observe(&mut self, e: &WatchEvent, c: &mut Context<'_>) { if let Some(p) = e.new.as_ref().and_then(|o| o.pod()) { if p.node.is_none() { let m=&e.object().meta; c.enqueue(Worker::Scheduler, Item::Name(m.namespace.clone(), m.name.clone()), Duration::from_millis(1)); } } }
 pub fn schedule(&mut self, i: &Item, c: &mut Context<'_>) { let Item::Name(a,b)=i else {return}; if let Some(o)=c.api.store.get(Kind::Pod,a,b) { let mut n=(**o).clone(); if let Body::Pod(p)=&mut n.body { p.node=Some("node-0".into()); p.status.set_condition(Condition{kind:ConditionType::PodScheduled,status:ConditionStatus::True,reason:None,message:None,last_transition:c.now,observed_generation:1}); } let w=c.write(Actor::Scheduler); let _=c.api.update(n,w); } } }
