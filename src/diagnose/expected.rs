use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::{self, Candidate, Era, Lookup, Reason},
    diagnose::Stated,
    evidence::Statement,
    sigv4::Recipe,
    wire::{Request, target::parameter},
};

/// What the request's service wants, as far as it is known, and from where.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// What the request can be for, the best supported first.
    pub candidates: Vec<Candidate>,
    /// The signing names that are right; empty where none is known.
    pub services: Vec<BString>,
    /// Whether the request's path says that the first of them is meant.
    pub path_decides: bool,
    /// From where they are known.
    pub service_known: Known,
    /// The regions that are right; empty where none is known.
    pub regions: Vec<BString>,
    /// From where they are known.
    pub region_known: Known,
}

/// From where a fact is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Known {
    /// It is not.
    #[default]
    Unknown,
    /// The catalogue has it.
    Catalogue,
    /// The service said so.
    Service,
}

impl Expected {
    /// Looks up what a request wants.
    #[must_use]
    pub fn of(request: Option<&Request>, statements: &[Statement]) -> Self {
        let mut this = request.map(Self::of_request).unwrap_or_default();
        for statement in statements {
            match statement {
                Statement::ServiceShouldBe(service) => {
                    this.services = vec![service.clone()];
                    this.service_known = Known::Service;
                }
                Statement::RegionShouldBe {
                    expected: Some(region),
                    ..
                } => {
                    this.regions = vec![region.clone()];
                    this.region_known = Known::Service;
                }
                _ => {}
            }
        }
        this
    }

    fn of_request(request: &Request) -> Self {
        let form = request.body.bytes().unwrap_or_default();
        let field = |name: &str| {
            let query = request.query().and_then(|query| parameter(query, name));
            query.or_else(|| parameter(form.get(..4096).unwrap_or(form), name))
        };
        let (action, version) = (field("Action"), field("Version"));
        let candidates = catalog::lookup(&Lookup {
            host: request.host(),
            target: request
                .header("x-amz-target")
                .map(|value| value.trim().as_bstr()),
            action: action.as_ref().map(|text| text.as_bstr()),
            version: version.as_ref().map(|text| text.as_bstr()),
            method: Some(request.method.as_bstr()),
            path: Some(request.path()),
        });
        let mut this = Self::default();
        for candidate in catalog::best(&candidates) {
            if !candidate
                .because
                .iter()
                .any(|reason| names_the_service(*reason))
            {
                continue;
            }
            let own = candidate
                .operation
                .map(|operation| operation.signing_name());
            let names: Vec<&str> = match own {
                Some(name) => vec![name],
                None => candidate.service.signing_names().collect(),
            };
            for name in names {
                push(&mut this.services, name);
            }
            let host = candidate.host.as_ref();
            if let Some(region) = host.and_then(|host| host.signing_region.as_deref()) {
                push(&mut this.regions, region);
            }
        }
        // A target of one service at the host of another: either may be what is meant, and each is
        // signed for by its own name.
        let is_at_host = |candidate: &&Candidate| candidate.because.contains(&Reason::Host);
        if catalog::best(&candidates)
            .iter()
            .all(|best| best.host.is_none())
        {
            for candidate in candidates.iter().filter(is_at_host) {
                for name in candidate.service.signing_names() {
                    push(&mut this.services, name);
                }
            }
        }
        // A path of the message broker is more than the host, which several services share.
        if request.path().starts_with(b"/mqtt") {
            this.services
                .sort_by_key(|service| *service != "iotdevicegateway");
            this.path_decides = this
                .services
                .first()
                .is_some_and(|first| first == "iotdevicegateway");
        }
        let known = |texts: &[BString]| match texts {
            [] => Known::Unknown,
            _ => Known::Catalogue,
        };
        this.service_known = known(&this.services);
        this.region_known = known(&this.regions);
        this.candidates = candidates;
        this
    }

    /// The candidate that is supported best.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    /// Whether the host belongs to no region and takes Signature Version 4A alone.
    #[must_use]
    pub fn is_of_all_regions(&self) -> bool {
        const SERVICES: [&str; 3] = [
            "cloudfront-keyvaluestore",
            "eventbridge-endpoint",
            "s3-multi-region-access-point",
        ];
        self.best()
            .is_some_and(|best| best.host.is_some() && SERVICES.contains(&best.service.id()))
    }

    /// The right signing name for what is stated: that itself if it is right or nothing is known.
    #[must_use]
    pub fn service(&self, stated: &BStr) -> BString {
        choose(&self.services, stated)
    }

    /// The right region for what is stated: that itself if it is right or nothing is known.
    #[must_use]
    pub fn region(&self, stated: &BStr) -> BString {
        choose(&self.regions, stated)
    }

    /// What the service wants of the signature. A stated name stands for its service also where
    /// it is in another case, or where the scope lacks a part.
    #[must_use]
    pub fn recipe<'s>(&self, stated: Option<&'s Stated>) -> Recipe {
        let part = |stated: &'s Stated| stated.scope_part(2).or_else(|| stated.part_of_fewer(2));
        let stated = stated.and_then(part).unwrap_or_default();
        let name = self.service(stated);
        catalog::recipe_for_signing_name(&name.to_ascii_lowercase().to_str_lossy())
    }

    /// When the host was the best candidate's, if it no longer is.
    #[must_use]
    pub fn host_era(&self) -> Option<Era> {
        let era = self.best()?.host.as_ref()?.era;
        (!era.holds_now()).then_some(era)
    }
}

/// Whether a reason is strong enough to say which service a request is for.
fn names_the_service(reason: Reason) -> bool {
    !matches!(reason, Reason::Path | Reason::BareTarget | Reason::Action)
}

fn push(texts: &mut Vec<BString>, text: &str) {
    if !texts.iter().any(|held| held == text) {
        texts.push(text.into());
    }
}

fn choose(right: &[BString], stated: &BStr) -> BString {
    match right.first() {
        Some(first) if !right.iter().any(|held| held == stated) => first.clone(),
        _ => stated.into(),
    }
}
