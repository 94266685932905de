-- What is published of a ledger: the newest release, without numbers of runs and entries,
-- so that the order in which hosts answered leaves no trace. The queries of a card run on
-- these names alone, here and over the files of a published folder.

CREATE SCHEMA published;

CREATE VIEW published.documents AS
    SELECT id, url, title, authors, published, text, split, language,
        language_declared, language_confidence, license, license_url, notice, license_notice, disclaimer,
        changes, repeated_characters, attribution, capture_digest, decisions
    FROM main.documents
    WHERE release = (SELECT release FROM main.releases ORDER BY seq DESC LIMIT 1)
    ORDER BY url;
COMMENT ON VIEW published.documents IS 'The documents of the newest release, as its Parquet files hold them.';
COMMENT ON COLUMN published.documents.id IS 'SHA-256 of URL and text.';
COMMENT ON COLUMN published.documents.url IS 'Where it was read.';
COMMENT ON COLUMN published.documents.title IS 'Title of the work as the page states it; empty where it states none.';
COMMENT ON COLUMN published.documents.authors IS 'Whom the page names as its authors, in its order; empty where it names nobody.';
COMMENT ON COLUMN published.documents.published IS 'Date of publication as the page states it: a year, a month or a day (ISO 8601).';
COMMENT ON COLUMN published.documents.text IS 'Main text, boilerplate removed.';
COMMENT ON COLUMN published.documents.split IS 'Part of the corpus that its registrable domain is in: train, validation or test.';
COMMENT ON COLUMN published.documents.language IS 'BCP 47 tag as concluded from the text; und where that is not certain.';
COMMENT ON COLUMN published.documents.language_declared IS 'BCP 47 tag as the page declares it; NULL where it declares none.';
COMMENT ON COLUMN published.documents.language_confidence IS 'Share of the text that is in the language, from 0 to 1; 0 for und, NULL where there was no detector and the page''s word decided.';
COMMENT ON COLUMN published.documents.license IS 'Concluded SPDX expression.';
COMMENT ON COLUMN published.documents.license_url IS 'Where the license can be read; empty where that is not known.';
COMMENT ON COLUMN published.documents.notice IS 'Notice of copyright in the page''s words, at most 300 characters.';
COMMENT ON COLUMN published.documents.license_notice IS 'The words around the page''s link to its license, at most 300 characters.';
COMMENT ON COLUMN published.documents.disclaimer IS 'Address of the disclaimer of warranties that the page links to.';
COMMENT ON COLUMN published.documents.changes IS 'What was changed in the work.';
COMMENT ON COLUMN published.documents.repeated_characters IS 'Characters of paragraphs that its host repeats, which were taken out; 0 where none were.';
COMMENT ON COLUMN published.documents.attribution IS 'Credit to give: title, authors, notice, source, license, changes.';
COMMENT ON COLUMN published.documents.capture_digest IS 'SHA-256 of the payload it was made from.';
COMMENT ON COLUMN published.documents.decisions IS 'The decisions that let it in; review:N is an entry of reviews that lifted a hold.';

CREATE VIEW published.drops AS
    SELECT url, reason, detail, twin FROM main.drops
    WHERE release = (SELECT release FROM main.releases ORDER BY seq DESC LIMIT 1)
    ORDER BY url;
COMMENT ON VIEW published.drops IS 'Admitted pages that gave no document; a duplicate names its kept twin.';
COMMENT ON COLUMN published.drops.url IS 'The page.';
COMMENT ON COLUMN published.drops.reason IS 'Why it was dropped.';
COMMENT ON COLUMN published.drops.detail IS 'In words.';
COMMENT ON COLUMN published.drops.twin IS 'For a duplicate: the URL of the document that was kept.';

CREATE VIEW published.personal AS
    SELECT url, kind, found FROM main.personal
    WHERE release = (SELECT release FROM main.releases ORDER BY seq DESC LIMIT 1)
    ORDER BY url, kind;
COMMENT ON VIEW published.personal IS 'How much personal data was found in documents, by kind.';
COMMENT ON COLUMN published.personal.url IS 'The document.';
COMMENT ON COLUMN published.personal.kind IS 'secret, iban, card, national-number, mail, internet-address or telephone.';
COMMENT ON COLUMN published.personal.found IS 'How many there were in its text as it was read, before any was masked or taken out.';

CREATE VIEW published.left_out AS
    SELECT url, n, locator, quote, license FROM main.left_out
    WHERE release = (SELECT release FROM main.releases ORDER BY seq DESC LIMIT 1)
    ORDER BY url, n;
COMMENT ON VIEW published.left_out IS 'Parts of pages that documents do not hold, since they are under another license.';
COMMENT ON COLUMN published.left_out.url IS 'The document.';
COMMENT ON COLUMN published.left_out.n IS 'Place among the parts of the page, from 0.';
COMMENT ON COLUMN published.left_out.locator IS 'CSS selector of the part; empty where none leads to it.';
COMMENT ON COLUMN published.left_out.quote IS 'The words on its license, at most 300 characters.';
COMMENT ON COLUMN published.left_out.license IS 'The license they name; empty where they name none, or none that is known.';

-- All that is known of a URL is brought together by one aggregate: a join of as many tables
-- would hold most of them in memory at once.
CREATE VIEW published.pages AS
    WITH facts AS (
        SELECT url, source,
            kind IN ('sitemap-seed', 'sitemap-index', 'feed-seed') AS is_sitemap,
            NULL AS seq, NULL AS acquired, NULL AS used, NULL AS ended, NULL AS dropped,
            NULL AS kept
        FROM main.discoveries WHERE in_depth
        UNION ALL SELECT url, NULL, NULL, NULL, NULL, NULL,
            {'outcome': outcome, 'reason': reason, 'detail': detail, 'exchange': exchange},
            NULL, NULL
        FROM main.latest_outcomes
        UNION ALL SELECT url, NULL, NULL, seq,
            CASE stage WHEN 'acquisition' THEN {'decision': decision} END,
            CASE stage WHEN 'usage' THEN {'decision': decision, 'license': license} END,
            NULL, NULL, NULL
        FROM main.decisions
        UNION ALL SELECT url, NULL, NULL, NULL, NULL, NULL, NULL, reason, NULL
        FROM published.drops
        UNION ALL SELECT url, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true
        FROM published.documents),
    known AS (
        SELECT url, min(source) AS source, count(is_sitemap) > 0 AS discovered,
            coalesce(bool_and(is_sitemap), false) AS is_sitemap, max(ended) AS ended,
            arg_max(acquired, seq) FILTER (acquired IS NOT NULL) AS acquired,
            arg_max(used, seq) FILTER (used IS NOT NULL) AS used,
            max(dropped) AS dropped, coalesce(bool_or(kept), false) AS is_kept
        FROM facts GROUP BY url),
    found AS (
        SELECT url, source, discovered, coalesce(ended.outcome, 'waiting') AS outcome,
            coalesce(ended.reason, '') AS reason, coalesce(ended.detail, '') AS detail,
            ended.exchange AS exchange, acquired.decision AS acquisition,
            used.decision AS usage, used.license AS license, dropped, is_kept
        FROM known
        WHERE (discovered OR ended IS NOT NULL) AND coalesce(ended.outcome, '') <> 'read'
          AND NOT (ended IS NULL AND is_sitemap))
    SELECT f.url, regexp_extract(f.url, '^https?://([^/?#]+)', 1) AS host, f.source,
        f.discovered, f.exchange IS NOT NULL AS fetched, f.outcome, f.reason, f.detail,
        CASE WHEN f.is_kept THEN 'kept' WHEN f.exchange IS NOT NULL THEN 'dropped'
             WHEN f.outcome IN ('waiting', 'deferred') THEN 'waiting' ELSE 'refused'
        END AS standing,
        CASE WHEN f.is_kept THEN '' ELSE coalesce(f.dropped, f.reason) END AS because,
        f.acquisition, f.usage, f.license, x.status, x.payload_bytes,
        strftime(x.read_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS read_at
    FROM found f LEFT JOIN main.exchanges x ON x.exchange = f.exchange
    ORDER BY f.url;
COMMENT ON VIEW published.pages IS 'Every page that was discovered: whether it was fetched, how it ended, where it stands (kept, dropped, refused or waiting) and because of what.';
COMMENT ON COLUMN published.pages.url IS 'The URL, normalised.';
COMMENT ON COLUMN published.pages.host IS 'Its host, with a port where that is not the usual one.';
COMMENT ON COLUMN published.pages.source IS 'Index of the first manifest source whose scope takes it in; NULL where it was not discovered in scope.';
COMMENT ON COLUMN published.pages.discovered IS 'Whether it was found within the depth of a source.';
COMMENT ON COLUMN published.pages.fetched IS 'Whether it was asked for, or is in a WARC file, and an exchange ended it.';
COMMENT ON COLUMN published.pages.outcome IS 'How it ended last: admitted, held, refused, deferred, redirected, failed, gone, unchanged, or waiting where it was not asked for yet.';
COMMENT ON COLUMN published.pages.reason IS 'Reason code of that ending; empty for waiting.';
COMMENT ON COLUMN published.pages.detail IS 'In words: the target of a redirect, the name of a failure.';
COMMENT ON COLUMN published.pages.standing IS 'kept (a document), dropped (fetched and no document), refused (not fetched) or waiting.';
COMMENT ON COLUMN published.pages.because IS 'Reason code of that; empty for a document.';
COMMENT ON COLUMN published.pages.acquisition IS 'The newest decision on fetching it.';
COMMENT ON COLUMN published.pages.usage IS 'The newest decision on its use; NULL where it was not fetched.';
COMMENT ON COLUMN published.pages.license IS 'Concluded SPDX expression of that decision.';
COMMENT ON COLUMN published.pages.status IS 'HTTP status of the exchange that ended it.';
COMMENT ON COLUMN published.pages.payload_bytes IS 'Length of its payload in bytes.';
COMMENT ON COLUMN published.pages.read_at IS 'When the answer was in (UTC, ISO 8601).';

CREATE VIEW published.captures AS
    SELECT d.url, d.capture_digest,
        strftime(min(x.read_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS read_at,
        min(x.payload_bytes) AS payload_bytes, min(x.content_type) AS content_type
    FROM published.documents d
    LEFT JOIN main.exchanges x ON x.url = d.url AND x.digest = d.capture_digest
    GROUP BY ALL ORDER BY d.url;
COMMENT ON VIEW published.captures IS 'When the bytes behind each document were first kept (UTC), and how many came.';
COMMENT ON COLUMN published.captures.url IS 'The document''s URL.';
COMMENT ON COLUMN published.captures.capture_digest IS 'SHA-256 of the payload it was made from.';
COMMENT ON COLUMN published.captures.read_at IS 'When its bytes were first kept (UTC, ISO 8601).';
COMMENT ON COLUMN published.captures.payload_bytes IS 'How many bytes came.';
COMMENT ON COLUMN published.captures.content_type IS 'Content-Type as sent.';

CREATE VIEW published.leaves AS
    WITH used AS (
        SELECT d.url, arg_max(x.inputs, x.seq) AS inputs
        FROM published.documents d JOIN main.decisions x
          ON x.url = d.url AND x.stage = 'usage' AND list_contains(d.decisions, x.decision)
        GROUP BY d.url),
    policies AS (
        SELECT u.url, list_sort(list(DISTINCT x.digest)) AS digests
        FROM (SELECT url, unnest(inputs) AS exchange FROM used) u
        JOIN main.exchanges x ON x.exchange = u.exchange
        WHERE x.kind = 'policy' AND x.digest IS NOT NULL GROUP BY u.url)
    SELECT d.url, d.capture_digest, 'sha256:' || sha256(d.text) AS text_digest,
        coalesce(p.digests, []) AS policy_digests, d.decisions, d.license
    FROM published.documents d LEFT JOIN policies p ON p.url = d.url
    ORDER BY d.url;
COMMENT ON VIEW published.leaves IS 'What the tree over documents commits to, a leaf a row in this order.';
COMMENT ON COLUMN published.leaves.url IS 'The document''s URL: the key by which the leaves are in order.';
COMMENT ON COLUMN published.leaves.capture_digest IS 'SHA-256 of the payload it was made from.';
COMMENT ON COLUMN published.leaves.text_digest IS 'SHA-256 of its text in UTF-8.';
COMMENT ON COLUMN published.leaves.policy_digests IS 'SHA-256 of each policy file that its judge was shown, in order.';
COMMENT ON COLUMN published.leaves.decisions IS 'The decisions that let it in; review:N is an entry of reviews that lifted a hold.';
COMMENT ON COLUMN published.leaves.license IS 'Concluded SPDX expression.';

CREATE VIEW published.decisions AS
    WITH named AS MATERIALIZED (
        SELECT unnest([acquisition, usage]) AS decision FROM published.pages
        UNION SELECT unnest(decisions) FROM published.documents)
    SELECT DISTINCT decision, url, stage, verdict, reason, license, preferences
    FROM main.decisions WHERE decision IN (FROM named) ORDER BY decision;
COMMENT ON VIEW published.decisions IS 'The decisions that count for the pages of this release.';
COMMENT ON COLUMN published.decisions.decision IS 'Digest of the decision and its evidence, times left out: equal decisions have equal names.';
COMMENT ON COLUMN published.decisions.url IS 'The URL that was judged.';
COMMENT ON COLUMN published.decisions.stage IS 'acquisition (may we fetch?) or usage (may it train?).';
COMMENT ON COLUMN published.decisions.verdict IS 'admit, refuse, hold (usage) or defer (acquisition).';
COMMENT ON COLUMN published.decisions.reason IS 'Published reason code, add-only.';
COMMENT ON COLUMN published.decisions.license IS 'Concluded SPDX expression, for usage.';
COMMENT ON COLUMN published.decisions.preferences IS 'JSON: what the signals say for each category of use.';

CREATE VIEW published.evidence AS
    SELECT decision, n, signal, says, source, locator, line, quote, clause, digest,
        status, redirects, parser
    FROM main.evidence WHERE seq IN (
        SELECT min(seq) FROM main.decisions
        WHERE decision IN (SELECT decision FROM published.decisions) GROUP BY decision)
    ORDER BY decision, n;
COMMENT ON VIEW published.evidence IS 'The words that these decisions rest on, and the signals read beside them.';
COMMENT ON COLUMN published.evidence.decision IS 'The decision.';
COMMENT ON COLUMN published.evidence.n IS 'Order within the decision, from 0; those with a signal did not decide alone.';
COMMENT ON COLUMN published.evidence.signal IS 'NULL where it decided; else the standard or channel it was read from.';
COMMENT ON COLUMN published.evidence.says IS 'For a signal: category and preference.';
COMMENT ON COLUMN published.evidence.source IS 'URL of the resource.';
COMMENT ON COLUMN published.evidence.locator IS 'How to find the words again in it.';
COMMENT ON COLUMN published.evidence.line IS 'Line, from 1, where the resource has lines.';
COMMENT ON COLUMN published.evidence.quote IS 'The words, at most 300 characters.';
COMMENT ON COLUMN published.evidence.clause IS 'The clause that gives them their meaning.';
COMMENT ON COLUMN published.evidence.digest IS 'SHA-256 of the resource''s payload.';
COMMENT ON COLUMN published.evidence.status IS 'HTTP status of the resource.';
COMMENT ON COLUMN published.evidence.redirects IS 'URLs passed on the way to it.';
COMMENT ON COLUMN published.evidence.parser IS 'Which reader, in which version, by which revision of the standard.';

CREATE VIEW published.requests AS
    SELECT regexp_extract(url, '^https?://([^/?#]+)', 1) AS host, kind, count(*) AS requests,
        sum(payload_bytes)::BIGINT AS payload_bytes,
        strftime(min(read_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS first_at,
        strftime(max(read_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS last_at
    FROM main.exchanges
    WHERE exchange NOT IN (SELECT exchange FROM main.imports)
    GROUP BY ALL ORDER BY ALL;
COMMENT ON VIEW published.requests IS 'What each host was asked for and what it cost.';
COMMENT ON COLUMN published.requests.host IS 'The host that was asked.';
COMMENT ON COLUMN published.requests.kind IS 'policy (robots.txt and its like, and pages read for the license of their site), sitemap, feed or page.';
COMMENT ON COLUMN published.requests.requests IS 'How many requests of this kind were sent to it.';
COMMENT ON COLUMN published.requests.payload_bytes IS 'How many bytes of payload came.';
COMMENT ON COLUMN published.requests.first_at IS 'When the first answer was in (UTC, ISO 8601).';
COMMENT ON COLUMN published.requests.last_at IS 'When the last answer was in (UTC, ISO 8601).';

CREATE VIEW published.activities AS
    SELECT r.verb, r.software, r.manifest_digest,
        strftime(min(r.started_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS started_at,
        strftime(max(e.ended_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS ended_at
    FROM main.runs r LEFT JOIN main.run_ends e ON e.run = r.run
    WHERE r.verb <> 'publish' GROUP BY ALL ORDER BY ALL;
COMMENT ON VIEW published.activities IS 'What was run to make this release: the verbs, by software and manifest.';
COMMENT ON COLUMN published.activities.verb IS 'collect, curate, publish or review.';
COMMENT ON COLUMN published.activities.software IS 'Name and version of what ran.';
COMMENT ON COLUMN published.activities.manifest_digest IS 'SHA-256 of the manifest text it ran under.';
COMMENT ON COLUMN published.activities.started_at IS 'When the first run of this kind started (UTC, ISO 8601).';
COMMENT ON COLUMN published.activities.ended_at IS 'When the last one ended.';

CREATE VIEW published.reviews AS
    SELECT host, answer, reviewer, why,
        strftime(answered_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS answered_on,
        'review:' || review AS name
    FROM main.reviews
    QUALIFY row_number() OVER (PARTITION BY host ORDER BY review DESC) = 1 ORDER BY host;
COMMENT ON VIEW published.reviews IS 'The answer of a person that counts, for each host that was reviewed.';
COMMENT ON COLUMN published.reviews.host IS 'The host, with its port where that is not the usual one.';
COMMENT ON COLUMN published.reviews.answer IS 'confirm (its holds for doubtful origin are lifted) or refuse (none of its pages is used).';
COMMENT ON COLUMN published.reviews.reviewer IS 'Who answered.';
COMMENT ON COLUMN published.reviews.why IS 'Why, in their words.';
COMMENT ON COLUMN published.reviews.answered_on IS 'On which day (UTC, ISO 8601).';
COMMENT ON COLUMN published.reviews.name IS 'Name of the entry, by which a document refers to it.';

CREATE VIEW published.disagreements AS
    SELECT DISTINCT reader, url, token, cause FROM main.disagreements ORDER BY ALL;
COMMENT ON VIEW published.disagreements IS 'Where a second reader of robots.txt answers otherwise than ours.';
COMMENT ON COLUMN published.disagreements.reader IS 'Name and version of the second reader.';
COMMENT ON COLUMN published.disagreements.url IS 'The URL asked for.';
COMMENT ON COLUMN published.disagreements.token IS 'The product token asked for.';
COMMENT ON COLUMN published.disagreements.cause IS 'Named cause of the difference.';

CREATE VIEW published.domains AS
    SELECT host, domain FROM main.domains
    WHERE edition = (SELECT max(edition) FROM main.editions) ORDER BY host;
COMMENT ON VIEW published.domains IS 'The registrable domain of each host.';
COMMENT ON COLUMN published.domains.host IS 'Host, with its port where that is not the usual one.';
COMMENT ON COLUMN published.domains.domain IS 'Its registrable domain, by the public suffix list that settings names.';

CREATE VIEW published.settings AS
    SELECT key, value FROM main.settings
    WHERE edition = (SELECT max(edition) FROM main.editions) ORDER BY key;
COMMENT ON VIEW published.settings IS 'What the manifest asked for and what it was read by, as JSON.';
COMMENT ON COLUMN published.settings.key IS 'Name of the setting.';
COMMENT ON COLUMN published.settings.value IS 'Its value as JSON.';

CREATE VIEW published.history AS
    SELECT n, release, action, url, text_digest, leaf FROM main.history ORDER BY n;
COMMENT ON VIEW published.history IS 'Each document that a published release added or removed, in order.';
COMMENT ON COLUMN published.history.n IS 'Place in the log, from 0.';
COMMENT ON COLUMN published.history.release IS 'The release.';
COMMENT ON COLUMN published.history.action IS 'add or remove; a document that changed is removed and added.';
COMMENT ON COLUMN published.history.url IS 'The document''s URL.';
COMMENT ON COLUMN published.history.text_digest IS 'SHA-256 of its text.';
COMMENT ON COLUMN published.history.leaf IS 'SHA-256 of its leaf in the tree over documents.';

CREATE VIEW published.domain_leaves AS
    SELECT m.domain, count(*) AS documents, sum(length(d.text))::BIGINT AS characters
    FROM published.documents d
    JOIN published.domains m ON m.host = regexp_extract(d.url, '^https?://([^/?#]+)', 1)
    GROUP BY m.domain ORDER BY m.domain;
COMMENT ON VIEW published.domain_leaves IS 'What the tree over domains commits to, a leaf a row in this order.';
COMMENT ON COLUMN published.domain_leaves.domain IS 'Registrable domain: the key by which the leaves are in order.';
COMMENT ON COLUMN published.domain_leaves.documents IS 'How many documents come from it.';
COMMENT ON COLUMN published.domain_leaves.characters IS 'How many characters they have.';

CREATE VIEW published.removals AS
    WITH last AS (
        FROM published.history QUALIFY row_number() OVER (PARTITION BY url ORDER BY n DESC) = 1)
    SELECT l.url, l.text_digest, l.release, coalesce(p.because, 'unknown') AS reason
    FROM last l LEFT JOIN published.pages p ON p.url = l.url
    WHERE l.action = 'remove' ORDER BY l.url;
COMMENT ON VIEW published.removals IS 'What was once published and is not any more: the release that took it out, and why. What the tree over removals commits to, a leaf a row.';
COMMENT ON COLUMN published.removals.url IS 'URL of the document: the key by which the leaves are in order.';
COMMENT ON COLUMN published.removals.text_digest IS 'SHA-256 of its text.';
COMMENT ON COLUMN published.removals.release IS 'The release that took it out.';
COMMENT ON COLUMN published.removals.reason IS 'Why: the reason code by which its page stands now.';

CREATE VIEW published.files AS
    SELECT path, bytes, digest, media_type, rows FROM main.files
    WHERE edition = (SELECT max(edition) FROM main.editions) ORDER BY path;
COMMENT ON VIEW published.files IS 'The files of the published folder that hold data.';
COMMENT ON COLUMN published.files.path IS 'Path in the published folder.';
COMMENT ON COLUMN published.files.bytes IS 'Size in bytes.';
COMMENT ON COLUMN published.files.digest IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN published.files.media_type IS 'Media type.';
COMMENT ON COLUMN published.files.rows IS 'Rows, where it is a table.';

CREATE VIEW published.trees AS
    SELECT tree, size, root FROM main.trees
    WHERE edition = (SELECT max(edition) FROM main.editions) ORDER BY tree;
COMMENT ON VIEW published.trees IS 'Roots of the Merkle trees (RFC 9162) over documents, domains, removals and history.';
COMMENT ON COLUMN published.trees.tree IS 'documents, domains, removals or history.';
COMMENT ON COLUMN published.trees.size IS 'Number of leaves.';
COMMENT ON COLUMN published.trees.root IS 'Root: sha256: and 64 hexadecimal digits.';

CREATE VIEW published.card AS
    SELECT id, kind, status, measured, sql, rule, stated, author, said_on, about, reason
    FROM main.card
    WHERE edition = (SELECT max(edition) FROM main.editions) ORDER BY rowid;
COMMENT ON VIEW published.card IS 'The card that was published last, a row a field.';
COMMENT ON COLUMN published.card.id IS 'Field, by its id in the catalogue of fields.';
COMMENT ON COLUMN published.card.kind IS 'measured (a query gives it), stated (a person says it) or mixed.';
COMMENT ON COLUMN published.card.status IS 'filled, empty, not applicable or stale (said about other data).';
COMMENT ON COLUMN published.card.measured IS 'JSON: what the query gave.';
COMMENT ON COLUMN published.card.sql IS 'The query that gave it.';
COMMENT ON COLUMN published.card.rule IS 'For a field about the card itself: how it follows from the other fields.';
COMMENT ON COLUMN published.card.stated IS 'JSON: what the author says.';
COMMENT ON COLUMN published.card.author IS 'Who says it.';
COMMENT ON COLUMN published.card.said_on IS 'When they last held it against the data; NULL where they did not.';
COMMENT ON COLUMN published.card.about IS 'Root over documents of the data they held it against.';
COMMENT ON COLUMN published.card.reason IS 'Why the field does not apply, is empty or is stale.';

CREATE VIEW published.sums AS
    WITH counted AS (
        SELECT count(*) FILTER (discovered) AS discovered,
            count(*) FILTER (discovered AND fetched) AS fetched,
            count(*) FILTER (discovered AND standing = 'refused') AS refused,
            count(*) FILTER (discovered AND standing = 'waiting') AS waiting,
            count(*) FILTER (fetched) AS answered,
            count(*) FILTER (standing = 'kept') AS kept,
            count(*) FILTER (standing = 'dropped') AS dropped
        FROM published.pages),
    named AS (
        SELECT url, unnest(decisions) AS name FROM published.documents),
    confirmed AS (
        SELECT url FROM named WHERE name IN (
            SELECT name FROM published.reviews WHERE answer = 'confirm')),
    let_in AS (
        SELECT d.url FROM named d
        JOIN published.decisions x ON x.url = d.url AND x.decision = d.name
        WHERE x.stage = 'usage' AND (x.verdict = 'admit'
            OR (x.verdict = 'hold' AND d.url IN (FROM confirmed))))
    SELECT 1 AS n, 'discovered = fetched + refused + waiting' AS says,
        discovered AS whole, fetched + refused + waiting AS parts FROM counted
    UNION ALL SELECT 2, 'fetched = kept + dropped', answered, kept + dropped FROM counted
    UNION ALL SELECT 3, 'kept = documents in the files', kept,
        (SELECT count(*) FROM published.documents) FROM counted
    UNION ALL SELECT 4, 'admitted = documents + drops that the ledger names',
        (SELECT count(*) FROM published.pages p WHERE p.outcome IN ('admitted', 'unchanged')
            OR p.url IN (SELECT url FROM published.documents)
            OR p.url IN (SELECT url FROM published.drops)),
        (SELECT count(*) FROM published.documents) + (SELECT count(*) FROM published.drops)
    UNION ALL SELECT 5, 'duplicates = duplicates whose twin is kept',
        (SELECT count(*) FROM published.drops
         WHERE reason IN ('duplicate.exact', 'duplicate.near')),
        (SELECT count(*) FROM published.drops
         WHERE reason IN ('duplicate.exact', 'duplicate.near')
            AND twin IN (SELECT url FROM published.documents))
    UNION ALL SELECT 6, 'documents = documents that an admitting decision, or a review, let in',
        (SELECT count(*) FROM published.documents),
        (SELECT count(*) FROM published.documents WHERE url IN (FROM let_in))
    UNION ALL SELECT 7, 'documents = documents of train, validation and test',
        (SELECT count(*) FROM published.documents),
        (SELECT count(*) FILTER (split = 'train') + count(*) FILTER (split = 'validation')
            + count(*) FILTER (split = 'test') FROM published.documents)
    ORDER BY n;
COMMENT ON VIEW published.sums IS 'The stage arithmetic: in each row, whole and parts have to be equal.';
COMMENT ON COLUMN published.sums.n IS 'Number of the sum.';
COMMENT ON COLUMN published.sums.says IS 'The sum, in words.';
COMMENT ON COLUMN published.sums.whole IS 'The number on its left side.';
COMMENT ON COLUMN published.sums.parts IS 'The number on its right side.';

CREATE VIEW queries AS
    SELECT id AS field, sql AS query FROM published.card
    WHERE sql IS NOT NULL ORDER BY ALL;
COMMENT ON VIEW queries IS 'The query behind each measured field of the card; run one to see its number.';
COMMENT ON COLUMN queries.field IS 'The field, by its id.';
COMMENT ON COLUMN queries.query IS 'Its query.';

CREATE VIEW "README" AS
    SELECT * FROM (VALUES
        (1, 'What this is', 'The ledger of a corpus that was built with consent: what was asked of whom, what came, what was decided by which words, and what was kept.', ''),
        (2, 'The card', 'Each field, with its value, the query that made it or the person who said it.', 'FROM published.card'),
        (3, 'The corpus', 'The documents of the newest release.', 'SELECT url, license, language, length(text) FROM published.documents'),
        (4, 'The sums', 'What was discovered is kept, dropped, refused or waiting: whole and parts have to be equal.', 'FROM published.sums'),
        (5, 'One page', 'Why a page is in or out; put its URL.', 'SELECT p.url, p.standing, p.because, e.source, e.locator, e.quote, e.clause FROM published.pages p LEFT JOIN published.evidence e ON e.decision = coalesce(p.usage, p.acquisition) WHERE p.standing <> ''kept'' ORDER BY ALL LIMIT 20'),
        (6, 'Refusals', 'How many pages were not used, and why.', 'SELECT standing, because, count(*) AS pages FROM published.pages WHERE standing <> ''kept'' GROUP BY ALL ORDER BY pages DESC, because'),
        (7, 'The claims', 'The query behind each number of the card.', 'FROM queries'),
        (8, 'The tables', 'What every table and column means.', 'SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL'),
        (9, 'Tamper evidence', 'Roots of the trees that the card and its signature commit to.', 'FROM published.trees')
    ) AS t(step, topic, says, query) ORDER BY step;
COMMENT ON VIEW "README" IS 'Where to start: run the queries that stand here.';
COMMENT ON COLUMN "README".step IS 'In this order.';
COMMENT ON COLUMN "README".topic IS 'What it is about.';
COMMENT ON COLUMN "README".says IS 'In words.';
COMMENT ON COLUMN "README".query IS 'A query to run; empty where there is none.';
