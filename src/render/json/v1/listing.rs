use serde::Serialize;

use crate::report::{FormatAnswer, RuleAnswer};

#[derive(Serialize)]
pub(super) struct Rule {
    id: &'static str,
    summary: &'static str,
    page: &'static str,
    stage: &'static str,
    needs: Vec<&'static str>,
    tier: &'static str,
    specialises: Option<&'static str>,
    since: &'static str,
}

impl Rule {
    pub(super) fn of(answer: &RuleAnswer) -> Self {
        let RuleAnswer {
            id,
            summary,
            page,
            stage,
            needs,
            tier,
            specialises,
            since,
        } = answer;
        Self {
            id,
            summary,
            page,
            stage,
            needs: needs.clone(),
            tier,
            specialises: *specialises,
            since,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Format {
    id: &'static str,
    summary: &'static str,
    page: &'static str,
}

impl Format {
    pub(super) fn of(answer: &FormatAnswer) -> Self {
        Self {
            id: answer.id,
            summary: answer.summary,
            page: answer.page,
        }
    }
}
