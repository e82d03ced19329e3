use bstr::BStr;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "string-to-sign-time-form",
    summary: "the second line of the string to sign is the time in another form",
    stage: RuleStage::Text,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The second line of the string to sign is the signing time as `YYYYMMDDTHHMMSSZ`, the very text of
`X-Amz-Date`. The signer wrote the date alone, the time with hyphens and colons or milliseconds, the
text of a `Date` header, midnight, hours up to twelve, seconds, or the minute for the month and the
month for the minute (`mm` and `MM` in the patterns of Java and .NET); or it wrote so in the line of
`x-amz-date` alone. What is a time still is seen by string-to-sign-of-another-time too.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the string to sign comes out as the signer printed it, or the signature
comes out as sent.

## Fix
Write the text of `X-Amz-Date` there. Where only a `Date` header is sent, its time in the form
`YYYYMMDDTHHMMSSZ`.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let Ok(time) = Timestamp::parse(draft.get(Slot::Timestamp)) else {
        return;
    };
    let text = time.as_bstr().to_string();
    let (Some(date), Some(clock)) = (text.get(..8), text.get(9..15)) else {
        return;
    };
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let (hour, minute, second) = (&clock[..2], &clock[2..4], &clock[4..]);
    let extended = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    let fraction = printed_fraction(it, &[date, clock].concat());
    let fraction = fraction.as_deref().unwrap_or("000");
    let forms = [
        (date.to_owned(), "the date alone"),
        (extended.clone(), "with hyphens and colons"),
        (
            extended.replace('Z', &format!(".{fraction}Z")),
            "with milliseconds",
        ),
        (extended.replace('Z', "+00:00"), "with an offset"),
        (text.replace('Z', ""), "without the Z"),
        (time.unix().to_string(), "seconds since 1970"),
        (
            text.replace('Z', &format!(".{fraction}Z")),
            "with milliseconds, without hyphens",
        ),
        (
            text.replace('Z', &format!("{fraction}Z")),
            "with milliseconds, without any mark",
        ),
        (text.replace('Z', "+0000"), "with +0000 for the Z"),
        (text.to_ascii_lowercase(), "with small letters"),
        (text.replace('T', " "), "a space for the T"),
        (
            format!("{year}-{month}-{day} {hour}:{minute}:{second}"),
            "date and time apart",
        ),
        (http_date(time), "the text of a Date header"),
        (format!("{date}T000000Z"), "midnight of the day"),
        (
            text.replace(&format!("T{hour}"), &format!("T{}", of_twelve(hour))),
            "hours up to twelve",
        ),
        (
            format!("{year}{minute}{day}T{hour}{minute}{second}Z"),
            "the minute for the month",
        ),
        (
            format!("{year}{month}{day}T{hour}{month}{second}Z"),
            "the month for the minute",
        ),
        (
            format!("{month}/{day}/{year} {hour}:{minute}:{second}"),
            "the month first, with slashes",
        ),
    ];
    for (form_text, form) in forms {
        out.push(RULE.variant().with(Slot::Timestamp, form_text).named(form));
    }
    if out.wants_alone() {
        push_in_header(draft, time, out);
    }
}

/// The time in another form in the line of its header alone.
fn push_in_header(draft: &Draft, time: Timestamp, out: &mut Variants<'_>) {
    let around = draft.around_header("x-amz-date");
    if draft.header("x-amz-date").is_none() {
        return;
    }
    let forms = [
        (
            http_date(time),
            "the text of a Date header, in the line of x-amz-date",
        ),
        (
            time.extended(),
            "with hyphens and colons, in the line of x-amz-date",
        ),
    ];
    for (text, form) in forms {
        let lines = around.with(Some(text.as_bytes()));
        let variant = RULE.variant().with(Slot::CanonicalHeaders, lines);
        out.push(variant.named(form).alone());
    }
}

/// The digits below a second that the signer printed in its string to sign, where the rest of that
/// time is the signing time; a request does not tell them.
fn printed_fraction(it: &Examination<'_>, seconds: &str) -> Option<String> {
    let digits: String = it
        .printed_line(1)?
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    let fraction = digits.strip_prefix(seconds)?;
    (!fraction.is_empty()).then(|| fraction.to_owned())
}

/// As HTTP writes it: `Tue, 10 Mar 2026 08:15:30 GMT`.
fn http_date(time: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = time.extended();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let day = DAYS[usize::try_from(time.unix().div_euclid(86_400).rem_euclid(7)).unwrap_or(0)];
    let month = part(5, 7).parse().unwrap_or(1_usize).clamp(1, 12);
    let month = MONTHS[month - 1];
    format!(
        "{day}, {} {month} {} {} GMT",
        part(8, 10),
        part(0, 4),
        part(11, 19)
    )
}

/// An hour as a clock of twelve hours shows it.
fn of_twelve(hour: &str) -> String {
    let hour = hour.parse().unwrap_or(0_u8) % 12;
    format!("{:02}", if hour == 0 { 12 } else { hour })
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "write the text of X-Amz-Date on the second line of the string to sign",
    )
}
