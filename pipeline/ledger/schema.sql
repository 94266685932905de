-- The ledger of one corpus: what was asked, received, decided and kept. Append-only.

CREATE TABLE runs (
    run INTEGER NOT NULL, verb VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL,
    software VARCHAR NOT NULL, manifest_digest VARCHAR NOT NULL, manifest VARCHAR NOT NULL,
    training_tokens VARCHAR[] NOT NULL, rules VARCHAR NOT NULL);
COMMENT ON TABLE runs IS 'One start of a verb that writes.';
COMMENT ON COLUMN runs.run IS 'Number of the run, from 1.';
COMMENT ON COLUMN runs.verb IS 'collect, curate, publish or review.';
COMMENT ON COLUMN runs.started_at IS 'When it started (UTC).';
COMMENT ON COLUMN runs.software IS 'Name and version of what ran.';
COMMENT ON COLUMN runs.manifest_digest IS 'SHA-256 of the manifest text it ran under.';
COMMENT ON COLUMN runs.manifest IS 'The manifest text, so that each decision replays under its own policy.';

COMMENT ON COLUMN runs.training_tokens IS 'Crawler names whose refusal was read as one of training.';
COMMENT ON COLUMN runs.rules IS 'Digest of the policy and of the code that judges by it; empty where it is not known.';

CREATE TABLE run_ends (
    run INTEGER NOT NULL, ended_at TIMESTAMPTZ NOT NULL, outcome VARCHAR NOT NULL);
COMMENT ON TABLE run_ends IS 'How a run ended; a run without a row was killed.';
COMMENT ON COLUMN run_ends.run IS 'The run.';
COMMENT ON COLUMN run_ends.ended_at IS 'When it ended (UTC).';
COMMENT ON COLUMN run_ends.outcome IS 'complete (nothing left to fetch), waiting (some hosts deferred), limited or stopped.';

CREATE TABLE discoveries (
    visit INTEGER NOT NULL, url VARCHAR NOT NULL, host VARCHAR NOT NULL, via VARCHAR,
    kind VARCHAR NOT NULL, source INTEGER NOT NULL, depth INTEGER,
    in_depth BOOLEAN NOT NULL, run INTEGER NOT NULL);
COMMENT ON TABLE discoveries IS 'A URL in scope, each time a visit finds it somewhere new.';
COMMENT ON COLUMN discoveries.visit IS 'Number of the visit to the web; a re-crawl is a new one.';
COMMENT ON COLUMN discoveries.url IS 'The URL, normalised.';
COMMENT ON COLUMN discoveries.host IS 'Its host and port.';
COMMENT ON COLUMN discoveries.via IS 'The URL it was found in; NULL for what the manifest names.';
COMMENT ON COLUMN discoveries.kind IS 'seed, sitemap-seed, sitemap-index, sitemap, feed-seed, feed, link, redirect or warc.';
COMMENT ON COLUMN discoveries.source IS 'Index of the manifest source whose scope takes it in.';
COMMENT ON COLUMN discoveries.depth IS 'Links from a seed of that source, by the shortest way known then; NULL while only other sources have reached the page it was found in.';
COMMENT ON COLUMN discoveries.in_depth IS 'Whether that is within the source''s depth.';
COMMENT ON COLUMN discoveries.run IS 'The run that found it.';

CREATE TABLE exchanges (
    exchange BIGINT NOT NULL, run INTEGER NOT NULL, visit INTEGER NOT NULL, url VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, status INTEGER, error VARCHAR, read_at TIMESTAMPTZ NOT NULL,
    digest VARCHAR, payload_bytes BIGINT NOT NULL, content_type VARCHAR, etag VARCHAR,
    last_modified VARCHAR, location VARCHAR, retry_after VARCHAR, store VARCHAR, file VARCHAR,
    start BIGINT, length BIGINT, seconds DOUBLE);
COMMENT ON TABLE exchanges IS 'One request that was sent and what came back, or one that is in a WARC file of the manifest (imports).';
COMMENT ON COLUMN exchanges.exchange IS 'Number of the exchange, from 1.';
COMMENT ON COLUMN exchanges.run IS 'The run that made it.';
COMMENT ON COLUMN exchanges.visit IS 'The visit it belongs to.';
COMMENT ON COLUMN exchanges.url IS 'The URL asked for, as it was sent.';
COMMENT ON COLUMN exchanges.kind IS 'policy (robots.txt and its like, and pages read for the license of their site), sitemap, feed or page.';
COMMENT ON COLUMN exchanges.status IS 'HTTP status; NULL where no answer came.';
COMMENT ON COLUMN exchanges.error IS 'Name of the failure; with a status: only a part came.';
COMMENT ON COLUMN exchanges.read_at IS 'When the answer was in (UTC).';
COMMENT ON COLUMN exchanges.digest IS 'SHA-256 of the payload as it came, content coding included.';
COMMENT ON COLUMN exchanges.payload_bytes IS 'Length of that payload in bytes.';
COMMENT ON COLUMN exchanges.content_type IS 'Content-Type as sent.';
COMMENT ON COLUMN exchanges.etag IS 'ETag as sent, for a conditional request later.';
COMMENT ON COLUMN exchanges.last_modified IS 'Last-Modified as sent, likewise.';
COMMENT ON COLUMN exchanges.location IS 'Location as sent with a redirect.';
COMMENT ON COLUMN exchanges.retry_after IS 'Retry-After as sent.';
COMMENT ON COLUMN exchanges.store IS 'archive or quarantine; NULL where the payload was not kept.';
COMMENT ON COLUMN exchanges.file IS 'WARC file in that store.';
COMMENT ON COLUMN exchanges.start IS 'Offset of the response record in the file, in bytes.';
COMMENT ON COLUMN exchanges.length IS 'Length of the record in the file, in bytes.';
COMMENT ON COLUMN exchanges.seconds IS 'Seconds from request to complete answer.';

CREATE TABLE imports (
    exchange BIGINT NOT NULL, file VARCHAR NOT NULL, record BIGINT NOT NULL,
    start BIGINT NOT NULL, run INTEGER NOT NULL);
COMMENT ON TABLE imports IS 'Exchanges that were read in a WARC file of the manifest: nobody was asked for them.';
COMMENT ON COLUMN imports.exchange IS 'The exchange.';
COMMENT ON COLUMN imports.file IS 'The file, as the manifest names it.';
COMMENT ON COLUMN imports.record IS 'Number of its record in the file, from 1.';
COMMENT ON COLUMN imports.start IS 'Offset in the file from which the record can be read, in bytes: of its gzip member where it has one.';
COMMENT ON COLUMN imports.run IS 'The run that took it in.';

CREATE TABLE intakes (
    run INTEGER NOT NULL, visit INTEGER NOT NULL, source INTEGER NOT NULL,
    file VARCHAR NOT NULL, bytes BIGINT NOT NULL, digest VARCHAR NOT NULL,
    records BIGINT NOT NULL, pages BIGINT NOT NULL, passed BIGINT NOT NULL,
    basis VARCHAR NOT NULL);
COMMENT ON TABLE intakes IS 'A WARC file of the manifest that was gone through to its end.';
COMMENT ON COLUMN intakes.run IS 'The run that did.';
COMMENT ON COLUMN intakes.visit IS 'The visit that its pages belong to.';
COMMENT ON COLUMN intakes.source IS 'Index of the manifest source that names it.';
COMMENT ON COLUMN intakes.file IS 'The file, as the manifest names it.';
COMMENT ON COLUMN intakes.bytes IS 'Its size in bytes.';
COMMENT ON COLUMN intakes.digest IS 'SHA-256 of its bytes.';
COMMENT ON COLUMN intakes.records IS 'How many records could be read.';
COMMENT ON COLUMN intakes.pages IS 'How many of them are pages that ended in this run.';
COMMENT ON COLUMN intakes.passed IS 'How many responses were passed over: no pages, earlier captures of a page, out of scope, or ended before.';
COMMENT ON COLUMN intakes.basis IS 'Digest of what it was gone through by: all files of the source, its scope and the policy. While it is the same, the file is not read again.';

CREATE TABLE damages (
    run INTEGER NOT NULL, file VARCHAR NOT NULL, record BIGINT NOT NULL,
    start BIGINT NOT NULL, what VARCHAR NOT NULL);
COMMENT ON TABLE damages IS 'A place of a WARC file that could not be read, or not be believed; the rest of the file was used.';
COMMENT ON COLUMN damages.run IS 'The run that came upon it.';
COMMENT ON COLUMN damages.file IS 'The file, as the manifest names it.';
COMMENT ON COLUMN damages.record IS 'Number of the record, counted from 1 over those that could be read.';
COMMENT ON COLUMN damages.start IS 'Offset in the file, in bytes.';
COMMENT ON COLUMN damages.what IS 'What is wrong, in words.';

CREATE TABLE decisions (
    decision VARCHAR NOT NULL, seq BIGINT NOT NULL, run INTEGER NOT NULL, visit INTEGER NOT NULL,
    url VARCHAR NOT NULL, stage VARCHAR NOT NULL, verdict VARCHAR NOT NULL,
    reason VARCHAR NOT NULL, license VARCHAR, decided_at TIMESTAMPTZ NOT NULL,
    inputs BIGINT[] NOT NULL, preferences VARCHAR NOT NULL);
COMMENT ON TABLE decisions IS 'What was decided on a URL, from which exchanges.';
COMMENT ON COLUMN decisions.decision IS 'Digest of the decision and its evidence, times left out: equal decisions have equal names.';
COMMENT ON COLUMN decisions.seq IS 'Order of the entry in the ledger, from 1.';
COMMENT ON COLUMN decisions.run IS 'The run that decided.';
COMMENT ON COLUMN decisions.visit IS 'The visit it belongs to.';
COMMENT ON COLUMN decisions.url IS 'The URL that was judged.';
COMMENT ON COLUMN decisions.stage IS 'acquisition (may we fetch?) or usage (may it train?).';
COMMENT ON COLUMN decisions.verdict IS 'admit, refuse, hold (usage) or defer (acquisition).';
COMMENT ON COLUMN decisions.reason IS 'Published reason code, add-only.';
COMMENT ON COLUMN decisions.license IS 'Concluded SPDX expression, for usage.';
COMMENT ON COLUMN decisions.decided_at IS 'When it was decided (UTC): the judge''s now.';
COMMENT ON COLUMN decisions.inputs IS 'Numbers of the exchanges the judge was shown.';
COMMENT ON COLUMN decisions.preferences IS 'JSON: what the signals say for each category of use.';

CREATE TABLE evidence (
    decision VARCHAR NOT NULL, seq BIGINT NOT NULL, n INTEGER NOT NULL, signal VARCHAR,
    says VARCHAR, source VARCHAR NOT NULL, locator VARCHAR NOT NULL, line INTEGER,
    quote VARCHAR NOT NULL, clause VARCHAR NOT NULL, digest VARCHAR, status INTEGER,
    read_at TIMESTAMPTZ, redirects VARCHAR[] NOT NULL, parser VARCHAR NOT NULL);
COMMENT ON TABLE evidence IS 'What a decision rests on, and every other signal that was read.';
COMMENT ON COLUMN evidence.decision IS 'The decision.';
COMMENT ON COLUMN evidence.seq IS 'The decision''s entry.';
COMMENT ON COLUMN evidence.n IS 'Order within the decision, from 0; those with a signal did not decide alone.';
COMMENT ON COLUMN evidence.signal IS 'NULL where it decided; else the standard or channel it was read from.';
COMMENT ON COLUMN evidence.says IS 'For a signal: category and preference.';
COMMENT ON COLUMN evidence.source IS 'URL of the resource.';
COMMENT ON COLUMN evidence.locator IS 'How to find the words again in it.';
COMMENT ON COLUMN evidence.line IS 'Line, from 1, where the resource has lines.';
COMMENT ON COLUMN evidence.quote IS 'The words, at most 300 characters.';
COMMENT ON COLUMN evidence.clause IS 'The clause that gives them their meaning.';
COMMENT ON COLUMN evidence.digest IS 'SHA-256 of the resource''s payload.';
COMMENT ON COLUMN evidence.status IS 'HTTP status of the resource.';
COMMENT ON COLUMN evidence.read_at IS 'When it was read (UTC).';
COMMENT ON COLUMN evidence.redirects IS 'URLs passed on the way to it.';
COMMENT ON COLUMN evidence.parser IS 'Which reader, in which version, by which revision of the standard.';

CREATE TABLE upheld (seq BIGINT NOT NULL, rules VARCHAR NOT NULL, run INTEGER NOT NULL);
COMMENT ON TABLE upheld IS 'A decision that came out the same when its page was judged again by other rules.';
COMMENT ON COLUMN upheld.seq IS 'The decision''s entry.';
COMMENT ON COLUMN upheld.rules IS 'Digest of the rules it was judged by again.';
COMMENT ON COLUMN upheld.run IS 'The run that judged it again.';

CREATE TABLE fingerprints (
    url VARCHAR NOT NULL, exchange BIGINT NOT NULL, run INTEGER NOT NULL,
    reserved BOOLEAN NOT NULL, fingerprint BLOB NOT NULL);
COMMENT ON TABLE fingerprints IS 'What the texts of pages can be compared by, where their license alone decided on their use.';
COMMENT ON COLUMN fingerprints.url IS 'The page.';
COMMENT ON COLUMN fingerprints.exchange IS 'The exchange that it was read in.';
COMMENT ON COLUMN fingerprints.run IS 'The run that read it.';
COMMENT ON COLUMN fingerprints.reserved IS 'Whether the page reserves all rights.';
COMMENT ON COLUMN fingerprints.fingerprint IS 'MinHash of the shingles of 5 words: 128 numbers of 32 bits, least significant byte first.';

CREATE TABLE reviews (
    review BIGINT NOT NULL, host VARCHAR NOT NULL, answer VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL, why VARCHAR NOT NULL, answered_at TIMESTAMPTZ NOT NULL,
    urls VARCHAR[] NOT NULL, decisions VARCHAR[] NOT NULL, run INTEGER NOT NULL);
COMMENT ON TABLE reviews IS 'What a person answered on a host; the newest entry of a host counts, the others stay.';
COMMENT ON COLUMN reviews.review IS 'Number of the entry, from 1; a document names it as review:N.';
COMMENT ON COLUMN reviews.host IS 'The host, with its port where that is not the usual one.';
COMMENT ON COLUMN reviews.answer IS 'confirm (its holds for doubtful origin are lifted) or refuse (none of its pages is used).';
COMMENT ON COLUMN reviews.reviewer IS 'Who answered.';
COMMENT ON COLUMN reviews.why IS 'Why, in their words.';
COMMENT ON COLUMN reviews.answered_at IS 'When (UTC).';
COMMENT ON COLUMN reviews.urls IS 'Sample pages that were shown for the host at that time.';
COMMENT ON COLUMN reviews.decisions IS 'The decisions on these pages.';
COMMENT ON COLUMN reviews.run IS 'The run that wrote the entry.';

CREATE TABLE permits (
    permit BIGINT NOT NULL, run INTEGER NOT NULL, decision VARCHAR NOT NULL,
    seq BIGINT NOT NULL, method VARCHAR NOT NULL, url VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL);
COMMENT ON TABLE permits IS 'Leave for one request; written before it may be sent.';
COMMENT ON COLUMN permits.permit IS 'Number of the permit, from 1.';
COMMENT ON COLUMN permits.run IS 'The run.';
COMMENT ON COLUMN permits.decision IS 'The admitting decision.';
COMMENT ON COLUMN permits.seq IS 'That decision''s entry.';
COMMENT ON COLUMN permits.method IS 'HTTP method.';
COMMENT ON COLUMN permits.url IS 'Exact URL.';
COMMENT ON COLUMN permits.kind IS 'policy, sitemap, feed or page.';
COMMENT ON COLUMN permits.issued_at IS 'When it was issued (UTC).';

CREATE TABLE outcomes (
    visit INTEGER NOT NULL, url VARCHAR NOT NULL, outcome VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL, exchange BIGINT, run INTEGER NOT NULL, ended_at TIMESTAMPTZ NOT NULL);
COMMENT ON TABLE outcomes IS 'How a URL ended in a visit: one terminal row each; deferred ones are asked again.';
COMMENT ON COLUMN outcomes.visit IS 'The visit.';
COMMENT ON COLUMN outcomes.url IS 'The URL.';
COMMENT ON COLUMN outcomes.outcome IS 'admitted, held, refused, deferred, redirected, failed, gone, unchanged or read (a sitemap or a feed).';
COMMENT ON COLUMN outcomes.reason IS 'Reason code.';
COMMENT ON COLUMN outcomes.detail IS 'In words: a redirect''s target, a failure''s name.';
COMMENT ON COLUMN outcomes.exchange IS 'The exchange that ended it, if one was made.';
COMMENT ON COLUMN outcomes.run IS 'The run.';
COMMENT ON COLUMN outcomes.ended_at IS 'When (UTC).';

CREATE TABLE disagreements (
    run INTEGER NOT NULL, reader VARCHAR NOT NULL, url VARCHAR NOT NULL, token VARCHAR NOT NULL,
    ours BOOLEAN NOT NULL, theirs BOOLEAN NOT NULL, cause VARCHAR NOT NULL);
COMMENT ON TABLE disagreements IS 'Where a second reader of robots.txt answers otherwise; the verdict is ours.';
COMMENT ON COLUMN disagreements.run IS 'The run.';
COMMENT ON COLUMN disagreements.reader IS 'Name and version of the second reader.';
COMMENT ON COLUMN disagreements.url IS 'The URL asked for.';
COMMENT ON COLUMN disagreements.token IS 'The product token asked for.';
COMMENT ON COLUMN disagreements.ours IS 'Whether our reader finds it allowed.';
COMMENT ON COLUMN disagreements.theirs IS 'Whether the other finds it allowed.';
COMMENT ON COLUMN disagreements.cause IS 'Named cause of the difference.';

CREATE TABLE documents (
    release VARCHAR NOT NULL, id VARCHAR NOT NULL, url VARCHAR NOT NULL, title VARCHAR NOT NULL,
    title_locator VARCHAR, authors STRUCT(name VARCHAR, url VARCHAR)[] NOT NULL,
    author_locator VARCHAR, notice VARCHAR, license_notice VARCHAR, disclaimer VARCHAR,
    published VARCHAR, text VARCHAR NOT NULL, split VARCHAR NOT NULL,
    language VARCHAR NOT NULL, language_declared VARCHAR, language_confidence DOUBLE,
    license VARCHAR NOT NULL, license_url VARCHAR NOT NULL, changes VARCHAR NOT NULL,
    repeated_characters BIGINT NOT NULL, attribution VARCHAR NOT NULL,
    capture_digest VARCHAR NOT NULL, decisions VARCHAR[] NOT NULL);
COMMENT ON TABLE documents IS 'The corpus: the text of each admitted page, by release.';
COMMENT ON COLUMN documents.release IS 'Digest of the release the row belongs to.';
COMMENT ON COLUMN documents.id IS 'SHA-256 of URL and text.';
COMMENT ON COLUMN documents.url IS 'Where it was read.';
COMMENT ON COLUMN documents.title IS 'Title of the work as the page states it; empty where it states none.';
COMMENT ON COLUMN documents.title_locator IS 'Where in the page the title stands.';
COMMENT ON COLUMN documents.authors IS 'Whom the page names as its authors, in its order; empty where it names nobody.';
COMMENT ON COLUMN documents.author_locator IS 'Where in the page they are named.';
COMMENT ON COLUMN documents.notice IS 'Notice of copyright in the page''s words, at most 300 characters.';
COMMENT ON COLUMN documents.license_notice IS 'The words around the page''s link to its license, at most 300 characters.';
COMMENT ON COLUMN documents.disclaimer IS 'Address of the disclaimer of warranties that the page links to.';
COMMENT ON COLUMN documents.published IS 'Date of publication as the page states it: a year, a month or a day (ISO 8601).';
COMMENT ON COLUMN documents.text IS 'Main text, boilerplate removed.';
COMMENT ON COLUMN documents.split IS 'Part of the corpus that its registrable domain is in: train, validation or test.';
COMMENT ON COLUMN documents.language IS 'BCP 47 tag as concluded from the text; und where that is not certain.';
COMMENT ON COLUMN documents.language_declared IS 'BCP 47 tag as the page declares it; NULL where it declares none.';
COMMENT ON COLUMN documents.language_confidence IS 'Share of the text that is in the language, from 0 to 1; 0 for und, NULL where there was no detector and the page''s word decided.';
COMMENT ON COLUMN documents.license IS 'Concluded SPDX expression.';
COMMENT ON COLUMN documents.license_url IS 'Where the license can be read; empty where that is not known.';
COMMENT ON COLUMN documents.changes IS 'What was changed in the work.';
COMMENT ON COLUMN documents.repeated_characters IS 'Characters of paragraphs that its host repeats, which were taken out; 0 where none were.';
COMMENT ON COLUMN documents.attribution IS 'Credit to give: title, authors, notice, source, license, changes.';
COMMENT ON COLUMN documents.capture_digest IS 'SHA-256 of the payload it was made from.';
COMMENT ON COLUMN documents.decisions IS 'The decisions that let it in; review:N is an entry of reviews that lifted a hold.';

CREATE TABLE drops (
    release VARCHAR NOT NULL, url VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL, twin VARCHAR);
COMMENT ON TABLE drops IS 'Kept pages that gave no document, by release.';
COMMENT ON COLUMN drops.release IS 'Digest of the release.';
COMMENT ON COLUMN drops.url IS 'The page.';
COMMENT ON COLUMN drops.reason IS 'Why it was dropped.';
COMMENT ON COLUMN drops.detail IS 'In words.';
COMMENT ON COLUMN drops.twin IS 'For a duplicate: the URL of the document that was kept.';

CREATE TABLE personal (
    release VARCHAR NOT NULL, url VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    found INTEGER NOT NULL);
COMMENT ON TABLE personal IS 'How much personal data was found in documents, by kind; never the data itself.';
COMMENT ON COLUMN personal.release IS 'The release.';
COMMENT ON COLUMN personal.url IS 'The document.';
COMMENT ON COLUMN personal.kind IS 'secret, iban, card, national-number, mail, internet-address or telephone.';
COMMENT ON COLUMN personal.found IS 'How many there were in its text as it was read, before any was masked or taken out.';

CREATE TABLE left_out (
    release VARCHAR NOT NULL, url VARCHAR NOT NULL, n INTEGER NOT NULL,
    locator VARCHAR NOT NULL, quote VARCHAR NOT NULL, license VARCHAR NOT NULL);
COMMENT ON TABLE left_out IS 'Parts of pages that documents do not hold, since they are under another license.';
COMMENT ON COLUMN left_out.release IS 'The release.';
COMMENT ON COLUMN left_out.url IS 'The document.';
COMMENT ON COLUMN left_out.n IS 'Place among the parts of the page, from 0.';
COMMENT ON COLUMN left_out.locator IS 'CSS selector of the part; empty where none leads to it.';
COMMENT ON COLUMN left_out.quote IS 'The words on its license, at most 300 characters.';
COMMENT ON COLUMN left_out.license IS 'The license they name; empty where they name none, or none that is known.';

CREATE TABLE editions (
    edition INTEGER NOT NULL, release VARCHAR NOT NULL, version VARCHAR NOT NULL,
    head VARCHAR NOT NULL, content VARCHAR NOT NULL, run INTEGER NOT NULL);
COMMENT ON TABLE editions IS 'Each card that was published: of which release, over which tables.';
COMMENT ON COLUMN editions.edition IS 'Number of the card, from 1; the same card published again gets none.';
COMMENT ON COLUMN editions.release IS 'Digest of the release it is about.';
COMMENT ON COLUMN editions.version IS 'Version of the corpus, as the manifest gives it.';
COMMENT ON COLUMN editions.head IS 'Digest over the names and digests of the published tables its queries ran on.';
COMMENT ON COLUMN editions.content IS 'Digest of the card itself: equal cards have equal ones.';
COMMENT ON COLUMN editions.run IS 'The run that published it.';

CREATE TABLE card (
    edition INTEGER NOT NULL, id VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    status VARCHAR NOT NULL, measured VARCHAR, sql VARCHAR, rule VARCHAR, head VARCHAR,
    tools VARCHAR,
    stated VARCHAR, author VARCHAR, said_on VARCHAR, about VARCHAR, reason VARCHAR);
COMMENT ON TABLE card IS 'The fields of each card, with what each rests on.';
COMMENT ON COLUMN card.edition IS 'The card it belongs to.';
COMMENT ON COLUMN card.id IS 'Field, by its id in the catalogue of fields.';
COMMENT ON COLUMN card.kind IS 'measured (a query gives it), stated (a person says it) or mixed.';
COMMENT ON COLUMN card.status IS 'filled, empty, not applicable or stale (said about other data).';
COMMENT ON COLUMN card.measured IS 'JSON: what the query gave.';
COMMENT ON COLUMN card.sql IS 'The query that gave it.';
COMMENT ON COLUMN card.rule IS 'For a field about the card itself: how it follows from the other fields.';
COMMENT ON COLUMN card.head IS 'Digest of the tables that the query ran on.';
COMMENT ON COLUMN card.tools IS 'JSON: names and versions of what ran it.';
COMMENT ON COLUMN card.stated IS 'JSON: what the author says.';
COMMENT ON COLUMN card.author IS 'Who says it.';
COMMENT ON COLUMN card.said_on IS 'When they last held it against the data; NULL where they did not.';
COMMENT ON COLUMN card.about IS 'Root over documents of the data they held it against.';
COMMENT ON COLUMN card.reason IS 'Why the field does not apply, is empty or is stale.';

CREATE TABLE settings (
    edition INTEGER NOT NULL, key VARCHAR NOT NULL, value VARCHAR NOT NULL);
COMMENT ON TABLE settings IS 'What the manifest asked for and what it was read by, at each card.';
COMMENT ON COLUMN settings.edition IS 'The card.';
COMMENT ON COLUMN settings.key IS 'Name of the setting.';
COMMENT ON COLUMN settings.value IS 'Its value as JSON.';

CREATE TABLE domains (
    edition INTEGER NOT NULL, host VARCHAR NOT NULL, domain VARCHAR NOT NULL);
COMMENT ON TABLE domains IS 'The registrable domain of each host, at each card.';
COMMENT ON COLUMN domains.edition IS 'The card.';
COMMENT ON COLUMN domains.host IS 'Host, with its port where that is not the usual one.';
COMMENT ON COLUMN domains.domain IS 'Its registrable domain, by the public suffix list that settings names.';

CREATE TABLE files (
    edition INTEGER NOT NULL, path VARCHAR NOT NULL, bytes BIGINT NOT NULL,
    digest VARCHAR NOT NULL, media_type VARCHAR NOT NULL, rows BIGINT);
COMMENT ON TABLE files IS 'The files with data that each card is about.';
COMMENT ON COLUMN files.edition IS 'The card.';
COMMENT ON COLUMN files.path IS 'Path in the published folder.';
COMMENT ON COLUMN files.bytes IS 'Size in bytes.';
COMMENT ON COLUMN files.digest IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN files.media_type IS 'Media type.';
COMMENT ON COLUMN files.rows IS 'Rows, where it is a table.';

CREATE TABLE trees (
    edition INTEGER NOT NULL, tree VARCHAR NOT NULL, size BIGINT NOT NULL,
    root VARCHAR NOT NULL);
COMMENT ON TABLE trees IS 'The Merkle trees that each card commits to (RFC 9162 section 2.1).';
COMMENT ON COLUMN trees.edition IS 'The card.';
COMMENT ON COLUMN trees.tree IS 'documents, domains, removals or history.';
COMMENT ON COLUMN trees.size IS 'Number of leaves.';
COMMENT ON COLUMN trees.root IS 'Root: sha256: and 64 hexadecimal digits.';

CREATE TABLE history (
    n BIGINT NOT NULL, release VARCHAR NOT NULL, action VARCHAR NOT NULL,
    url VARCHAR NOT NULL, text_digest VARCHAR NOT NULL, leaf VARCHAR NOT NULL);
COMMENT ON TABLE history IS 'What each published release added and removed: a log, of which each release has a longer one.';
COMMENT ON COLUMN history.n IS 'Place in the log, from 0.';
COMMENT ON COLUMN history.release IS 'The release.';
COMMENT ON COLUMN history.action IS 'add or remove; a document that changed is removed and added.';
COMMENT ON COLUMN history.url IS 'The document''s URL.';
COMMENT ON COLUMN history.text_digest IS 'SHA-256 of its text.';
COMMENT ON COLUMN history.leaf IS 'SHA-256 of its leaf in the tree over documents.';

CREATE TABLE releases (
    seq BIGINT NOT NULL, release VARCHAR NOT NULL, run INTEGER NOT NULL,
    conditions VARCHAR NOT NULL);
COMMENT ON TABLE releases IS 'Each time a curate run ended, which release it made; equal content has an equal name.';
COMMENT ON COLUMN releases.seq IS 'Order of the entry, from 1.';
COMMENT ON COLUMN releases.release IS 'Digest of the release.';
COMMENT ON COLUMN releases.run IS 'The run that made it.';
COMMENT ON COLUMN releases.conditions IS 'JSON: what it rests on beside pages and manifest, such as what told the languages.';

CREATE TABLE schema_version (version INTEGER NOT NULL);
COMMENT ON TABLE schema_version IS 'Which layout of tables this file has.';
COMMENT ON COLUMN schema_version.version IS 'One row: its number.';
INSERT INTO schema_version VALUES (4);

CREATE VIEW frontier AS
    SELECT d.visit, d.url, any_value(d.host) AS host, min(d.source) AS source
    FROM discoveries d
    WHERE d.visit = (SELECT max(visit) FROM discoveries) AND d.in_depth
      AND NOT EXISTS (
          SELECT 1 FROM outcomes o
          WHERE o.visit = d.visit AND o.url = d.url AND o.outcome <> 'deferred')
    GROUP BY d.visit, d.url;
COMMENT ON VIEW frontier IS 'What is still to fetch in the newest visit.';
COMMENT ON COLUMN frontier.visit IS 'The newest visit.';
COMMENT ON COLUMN frontier.url IS 'The URL, normalised.';
COMMENT ON COLUMN frontier.host IS 'Its host and port.';
COMMENT ON COLUMN frontier.source IS 'Index of the first source whose scope takes it in.';

CREATE VIEW latest_outcomes AS
    SELECT o.* FROM outcomes o
    QUALIFY row_number() OVER (PARTITION BY o.url ORDER BY o.visit DESC, o.ended_at DESC, o.rowid DESC) = 1;
COMMENT ON VIEW latest_outcomes IS 'How each URL stands now.';
COMMENT ON COLUMN latest_outcomes.visit IS 'The visit in which it ended so.';
COMMENT ON COLUMN latest_outcomes.url IS 'The URL.';
COMMENT ON COLUMN latest_outcomes.outcome IS 'How it ended.';
COMMENT ON COLUMN latest_outcomes.reason IS 'Reason code.';
COMMENT ON COLUMN latest_outcomes.detail IS 'In words.';
COMMENT ON COLUMN latest_outcomes.exchange IS 'The exchange that ended it, if one was made.';
COMMENT ON COLUMN latest_outcomes.run IS 'The run.';
COMMENT ON COLUMN latest_outcomes.ended_at IS 'When (UTC).';

CREATE VIEW refusals_by_reason AS
    SELECT reason, outcome, count(*) AS pages
    FROM latest_outcomes GROUP BY reason, outcome ORDER BY pages DESC;
COMMENT ON VIEW refusals_by_reason IS 'How many pages ended in which way, and why.';
COMMENT ON COLUMN refusals_by_reason.reason IS 'Reason code.';
COMMENT ON COLUMN refusals_by_reason.outcome IS 'How they ended.';
COMMENT ON COLUMN refusals_by_reason.pages IS 'How many pages.';

CREATE VIEW review_list AS
    WITH release AS (SELECT release FROM releases ORDER BY seq DESC LIMIT 1),
    usage AS (
        FROM decisions WHERE stage = 'usage'
        QUALIFY row_number() OVER (PARTITION BY url ORDER BY seq DESC) = 1),
    pages AS (
        SELECT regexp_extract(o.url, '^https?://([^/?#]+)', 1) AS host, o.url, u.license,
            u.decision, u.seq, coalesce(p.reason, o.reason) AS reason, p.detail,
            CASE WHEN d.url IS NOT NULL THEN 'document' WHEN p.url IS NOT NULL THEN 'dropped'
                 WHEN o.outcome = 'held' THEN 'held' ELSE 'kept' END AS standing,
            standing IN ('held', 'dropped') AND coalesce(p.reason, o.reason) IN (
                'license.republished', 'license.third-party-text',
                'license.near-duplicate') AS doubtful
        FROM latest_outcomes o
        LEFT JOIN usage u ON u.url = o.url
        LEFT JOIN documents d ON d.url = o.url AND d.release IN (FROM release)
        LEFT JOIN drops p ON p.url = o.url AND p.release IN (FROM release)
        WHERE o.outcome IN ('admitted', 'unchanged', 'held')),
    ranked AS (
        SELECT p.*, e.locator, e.quote, row_number() OVER (
            PARTITION BY host ORDER BY doubtful DESC, md5(p.url)) AS nth
        FROM pages p LEFT JOIN evidence e ON e.seq = p.seq AND e.n = 0),
    stated AS (
        SELECT p.host, e.quote, count(DISTINCT p.url) AS times FROM pages p
        JOIN evidence e ON e.seq = p.seq AND e.signal = 'license' AND e.says = p.license
        GROUP BY p.host, e.quote),
    statements AS (
        SELECT host, count(*) AS statements,
            list(quote ORDER BY times DESC, quote)[1:5] AS stated
        FROM stated GROUP BY host),
    newest AS (
        FROM reviews QUALIFY row_number() OVER (PARTITION BY host ORDER BY review DESC) = 1)
    SELECT r.host,
        CASE WHEN any_value(n.answer) IS NULL
             THEN count(*) FILTER (r.doubtful) ELSE 0 END AS waiting,
        coalesce(histogram(r.license) FILTER (r.standing = 'document'), MAP {}) AS documents,
        coalesce(histogram(r.reason) FILTER (r.standing = 'held'), MAP {}) AS held,
        coalesce(histogram(r.reason) FILTER (r.standing = 'dropped'), MAP {}) AS dropped,
        coalesce(any_value(s.statements), 0) AS statements,
        coalesce(any_value(s.stated), []) AS stated,
        list({'url': r.url, 'standing': r.standing, 'reason': r.reason,
              'license': r.license, 'decision': r.decision, 'locator': r.locator,
              'quote': r.quote, 'detail': r.detail} ORDER BY r.nth)
            FILTER (r.nth <= 5) AS samples,
        any_value(n.answer) AS answer, any_value(n.reviewer) AS reviewer,
        any_value(n.why) AS why, any_value(n.answered_at) AS answered_at
    FROM ranked r
    LEFT JOIN statements s ON s.host = r.host
    LEFT JOIN newest n ON n.host = r.host
    GROUP BY r.host ORDER BY waiting DESC, r.host;
COMMENT ON VIEW review_list IS 'Each host of which pages are kept: what waits for an answer, samples, and the answer that counts.';
COMMENT ON COLUMN review_list.host IS 'The host.';
COMMENT ON COLUMN review_list.waiting IS 'Pages in doubt, where nobody has answered.';
COMMENT ON COLUMN review_list.documents IS 'Its documents, by license.';
COMMENT ON COLUMN review_list.held IS 'Its pages on hold, by reason.';
COMMENT ON COLUMN review_list.dropped IS 'Its pages that gave no document, by reason.';
COMMENT ON COLUMN review_list.statements IS 'How many different license statements its pages make.';
COMMENT ON COLUMN review_list.stated IS 'The five most frequent, in their words.';
COMMENT ON COLUMN review_list.samples IS 'Five pages to look at, those in doubt first.';
COMMENT ON COLUMN review_list.answer IS 'The answer that counts.';
COMMENT ON COLUMN review_list.reviewer IS 'Who gave it.';
COMMENT ON COLUMN review_list.why IS 'Why.';
COMMENT ON COLUMN review_list.answered_at IS 'When (UTC).';
