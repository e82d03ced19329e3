//! countersign: what a signed AWS request says, and what it should have said.
#![warn(missing_docs)]

pub mod wire;

pub mod sigv4;

pub mod catalog;

pub mod evidence;

pub mod source;

pub mod compare;

pub mod diagnose;

pub mod sign;

pub mod report;

pub mod render;

pub mod examine;

pub mod command;
