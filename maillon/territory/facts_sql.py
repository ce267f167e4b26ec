"""The text of each count. One row for each structure that has something to count; what is zero is not written."""

from __future__ import annotations

from typing import Final

# Who practises where (one structure each, the latest begun), whom a structure follows (one structure each: that of the
# médecin traitant first), and the structures that are counted from our own tables: a month that a structure's statement
# told before it came to Maillon stays told by it.
WITH: Final = """
WITH ours AS (
  SELECT d.structure_id, d.equipped_on FROM territory_deployment d
   WHERE d.counted_here AND NOT EXISTS (SELECT 1 FROM territory_statement s WHERE s.structure_id = d.structure_id
                                           AND s.day >= %(first)s::date AND s.day < %(next)s::date)),
home AS (
  SELECT DISTINCT ON (a.professional_id) a.professional_id, a.structure_id, p.profession_code
    FROM professionals_attachment a JOIN professionals_professional p ON p.id = a.professional_id AND p.is_active
   WHERE a.start <= %(end)s::date AND (a."end" IS NULL OR a."end" >= %(end)s::date)
   ORDER BY a.professional_id, a.start DESC, a.id DESC),
followed AS (
  SELECT DISTINCT ON (m.patient_id) m.patient_id, COALESCE(h.structure_id, m.structure_id) AS structure_id
    FROM access_care_team_membership m
    LEFT JOIN home h ON h.professional_id = m.professional_id
    JOIN patients_patient p ON p.id = m.patient_id AND p.merged_into_id IS NULL AND NOT p.is_fictitious
   WHERE m.start <= %(end)s::date AND (m."end" IS NULL OR m."end" >= %(end)s::date)
     AND (m.ended_at IS NULL OR m.ended_at > %(now)s::timestamptz)
     AND m.basis IN ('medecin_traitant', 'equipe_structure', 'equipe_patient', 'equipe_organisee')
     AND COALESCE(h.structure_id, m.structure_id) IN (SELECT structure_id FROM ours)
   ORDER BY m.patient_id, (m.basis = 'medecin_traitant') DESC, m.start, m.id),
opened AS (
  SELECT j.actor_professional_id AS professional_id, j.patient_id, j.at
    FROM access_journal j
   WHERE j.resource_type = 'dmp' AND j.action = 'read' AND j.decision = 'allow' AND j.patient_id IS NOT NULL
     AND j.actor_kind = 'professional' AND j.at < %(to)s::timestamptz
     AND j.at >= LEAST(%(from)s::timestamptz, %(now)s::timestamptz - interval '30 days')),
deposits AS (
  SELECT a.structure_id, (a.settled_at AT TIME ZONE 'Europe/Paris')::date AS day
    FROM exchange_dmp_act a JOIN ours USING (structure_id) WHERE a.kind = 'depot' AND a.state = 'fait'
  UNION
  SELECT structure_id, day FROM territory_statement WHERE fact = 'documents_deposes' AND number > 0)
"""

_STAGES: Final = """
SELECT d.structure_id, fact, '', '', 1
  FROM territory_deployment d
  LEFT JOIN LATERAL (SELECT after FROM territory_stage_move m WHERE m.deployment_id = d.id AND m.day <= %(end)s::date
                      ORDER BY m.day DESC, m.id DESC LIMIT 1) stage ON TRUE
  CROSS JOIN LATERAL (VALUES
    ('structures_eligibles', TRUE),
    ('structures_equipees', LEAST(d.equipped_on, d.first_fed_on) <= %(end)s::date),
    ('structures_actives', LEAST(d.equipped_on, d.first_fed_on) <= %(end)s::date AND EXISTS (
        SELECT 1 FROM deposits p WHERE p.structure_id = d.structure_id
           AND p.day > %(end)s::date - 30 AND p.day <= %(end)s::date)),
    ('structures_regulieres', stage.after IN ('regulier', 'referent_forme')),
    ('structures_deposantes', d.equipped_on IS NOT NULL AND d.first_fed_on <= %(end)s::date),
    ('structures_devenues_regulieres', d.equipped_on IS NOT NULL AND d.regular_on <= %(end)s::date)
  ) AS told (fact, is_so)
 WHERE d.is_eligible AND is_so
UNION ALL
SELECT structure_id, 'jours_premier_document', '', '', GREATEST(first_fed_on - equipped_on, 0)
  FROM territory_deployment WHERE is_eligible AND equipped_on IS NOT NULL AND first_fed_on <= %(end)s::date
UNION ALL
SELECT structure_id, 'jours_regulier', '', '', GREATEST(regular_on - equipped_on, 0)
  FROM territory_deployment WHERE is_eligible AND equipped_on IS NOT NULL AND regular_on <= %(end)s::date
"""

# Of the structure where the author practised on that day. Deposited is counted among those produced in the month: a
# share of them, whenever the deposit was seen.
_DOCUMENTS: Final = """
SELECT h.structure_id, told.fact, COALESCE(g.code, 'autre'), w.profession_code, count(*)
  FROM documents_document d
  JOIN professionals_professional w ON w.id = d.author_professional_id
  JOIN LATERAL (
       SELECT a.structure_id FROM professionals_attachment a
        WHERE a.professional_id = w.id AND a.start <= (d.written_at AT TIME ZONE 'Europe/Paris')::date
          AND (a."end" IS NULL OR a."end" >= (d.written_at AT TIME ZONE 'Europe/Paris')::date)
        ORDER BY a.start DESC, a.id DESC LIMIT 1) h ON TRUE
  JOIN ours o ON o.structure_id = h.structure_id
  JOIN patients_patient p ON p.id = d.patient_id AND NOT p.is_fictitious
  LEFT JOIN unnest(%(codes)s::text[], %(groups)s::text[]) AS g (type, code) ON g.type = d.type_code
  LEFT JOIN LATERAL (
       SELECT min((a.settled_at AT TIME ZONE 'Europe/Paris')::date) AS day FROM exchange_dmp_act a
        WHERE a.document_id = d.id AND a.kind = 'depot' AND a.state = 'fait') fed ON TRUE
  CROSS JOIN LATERAL (VALUES
    ('documents_produits', TRUE), ('documents_deposes', fed.day IS NOT NULL),
    ('documents_meme_jour', fed.day <= (d.written_at AT TIME ZONE 'Europe/Paris')::date)
  ) AS told (fact, is_so)
 WHERE d.written_at >= %(from)s::timestamptz AND d.written_at < %(to)s::timestamptz
   AND d.status <> 'withdrawn' AND is_so
 GROUP BY 1, 2, 3, 4
"""

_RECEIVED: Final = """
SELECT b.structure_id, told.fact, '', '', count(*)
  FROM exchange_received_document r
  JOIN exchange_message m ON m.id = r.message_id
  JOIN exchange_mailbox b ON b.id = m.mailbox_id
  JOIN ours o ON o.structure_id = b.structure_id
  LEFT JOIN documents_document d ON d.id = r.document_id
  CROSS JOIN LATERAL (VALUES
    ('documents_recus', TRUE), ('documents_en_doute', r.state = 'to_settle' OR r.settled_at IS NOT NULL),
    ('biologies_recues', d.type_code = '11502-2'), ('biologies_structurees', d.type_code = '11502-2' AND d.level = 3)
  ) AS told (fact, is_so)
 WHERE m.received_at >= %(from)s::timestamptz AND m.received_at < %(to)s::timestamptz
   AND r.state IN ('filed', 'to_settle', 'discarded') AND is_so
 GROUP BY 1, 2
"""

_PATIENTS: Final = """
SELECT f.structure_id, told.fact, '', '', count(*)
  FROM followed f JOIN patients_patient p ON p.id = f.patient_id
  CROSS JOIN LATERAL (VALUES
    ('patients_suivis', TRUE),
    ('patients_qualifies', p.identity_status = 'QUAL'),
    ('patients_mes', EXISTS (SELECT 1 FROM exchange_dmp_opening o
                              WHERE o.patient_id = p.id AND o.existence = 'ACTIF')),
    ('patients_opposes', EXISTS (SELECT 1 FROM access_wish w WHERE w.patient_id = p.id AND w.kind = 'opposition_tous'
                                    AND w.since < %(to)s::timestamptz
                                    AND (w.until IS NULL OR w.until >= %(now)s::timestamptz)
                                    AND (w.withdrawn_at IS NULL OR w.withdrawn_at >= %(now)s::timestamptz))),
    ('patients_consultes', EXISTS (SELECT 1 FROM opened j WHERE j.patient_id = p.id AND j.at >= %(from)s::timestamptz)),
    ('patients_couverts', EXISTS (SELECT 1 FROM documents_document d WHERE d.patient_id = p.id
                                     AND d.received_at < %(to)s::timestamptz
                                     AND d.received_at >= %(now)s::timestamptz - interval '12 months'))
  ) AS told (fact, is_so)
 WHERE is_so
 GROUP BY 1, 2
"""

_PROFESSIONALS: Final = """
SELECT h.structure_id, told.fact, '', h.profession_code, count(*)
  FROM home h JOIN ours o ON o.structure_id = h.structure_id AND o.equipped_on <= %(end)s::date
  CROSS JOIN LATERAL (VALUES
    ('professionnels_equipes', TRUE),
    ('professionnels_consultant', EXISTS (SELECT 1 FROM opened j WHERE j.professional_id = h.professional_id
                                             AND j.at >= %(now)s::timestamptz - interval '30 days'))
  ) AS told (fact, is_so)
 WHERE is_so
 GROUP BY 1, 2, 4
"""

_MAIL: Final = """
SELECT b.structure_id, told.fact, '', '', count(*)
  FROM exchange_mailbox b JOIN ours o ON o.structure_id = b.structure_id
  CROSS JOIN LATERAL (VALUES
    ('boites', TRUE),
    ('boites_actives', b.is_active AND b.last_collected_at >= %(now)s::timestamptz - interval '7 days')
  ) AS told (fact, is_so)
 WHERE b.transport <> 'fhir' AND is_so
 GROUP BY 1, 2
UNION ALL
SELECT b.structure_id, 'messages_recus', '', '', count(*)
  FROM exchange_message m JOIN exchange_mailbox b ON b.id = m.mailbox_id AND b.transport <> 'fhir'
  JOIN ours o ON o.structure_id = b.structure_id
 WHERE m.received_at >= %(from)s::timestamptz AND m.received_at < %(to)s::timestamptz
 GROUP BY 1
UNION ALL
SELECT s.structure_id, told.fact, '', '', count(*)
  FROM exchange_sending s JOIN ours o ON o.structure_id = s.structure_id
  JOIN exchange_sent_recipient r ON r.sending_id = s.id
  CROSS JOIN LATERAL (VALUES
    ('messages_envoyes', TRUE), ('messages_patients', r.kind = 'patient')
  ) AS told (fact, is_so)
 WHERE s.created_at >= %(from)s::timestamptz AND s.created_at < %(to)s::timestamptz AND is_so
 GROUP BY 1, 2
UNION ALL
SELECT COALESCE(h.structure_id, t.structure_id), told.fact, '', '', count(*)
  FROM tasks_task t LEFT JOIN home h ON h.professional_id = t.professional_id
  JOIN ours o ON o.structure_id = COALESCE(h.structure_id, t.structure_id)
  CROSS JOIN LATERAL (VALUES
    ('lectures', TRUE),
    ('lectures_tardives', LEAST(t.done_at, %(real_now)s::timestamptz) > t.created_at + interval '72 hours')
  ) AS told (fact, is_so)
 WHERE t.kind = 'a_lire' AND t.outcome <> 'annule' AND is_so
   AND t.created_at >= %(from)s::timestamptz AND t.created_at < %(to)s::timestamptz
 GROUP BY 1, 2
"""

# A referent: who was there at a session of a module for referents; still one while they work in the structure. Hours
# are whole, and rounded on the way to the total of the basin: rounded one by one, four half hours would be four.
_TRAINED: Final = """
SELECT r.structure_id, told.fact, '', '', count(DISTINCT CASE WHEN told.fact = 'structures_avec_referent' THEN 0
                                                              ELSE r.professional_id END)
  FROM (SELECT DISTINCT a.structure_id, a.professional_id
          FROM territory_attendance a JOIN territory_session s ON s.id = a.session_id
         WHERE a.was_there AND s.ended_at IS NOT NULL AND s.day <= %(end)s::date
           AND s.module = ANY(%(referent)s::text[])) r
  JOIN territory_deployment d ON d.structure_id = r.structure_id AND d.is_eligible
  CROSS JOIN LATERAL (SELECT EXISTS (
       SELECT 1 FROM professionals_attachment w
         JOIN professionals_professional p ON p.id = w.professional_id AND p.is_active
        WHERE w.professional_id = r.professional_id AND w.structure_id = r.structure_id AND w.start <= %(end)s::date
          AND (w."end" IS NULL OR w."end" >= %(end)s::date)) AS is_there) here
  CROSS JOIN LATERAL (VALUES
    ('referents_formes_un_jour', TRUE), ('referents_formes', here.is_there),
    ('structures_avec_referent', here.is_there AND LEAST(d.equipped_on, d.first_fed_on) <= %(end)s::date)
  ) AS told (fact, is_so)
 WHERE is_so
 GROUP BY 1, 2
UNION ALL
SELECT a.structure_id, 'participants', '', '', count(*)
  FROM territory_attendance a JOIN territory_session s ON s.id = a.session_id
 WHERE a.was_there AND s.ended_at IS NOT NULL AND s.day >= %(first)s::date AND s.day < %(next)s::date
 GROUP BY 1
UNION ALL
SELECT structure_id, 'heures', '', '', round(until / 60.0) - round((until - minutes) / 60.0)
  FROM (
    SELECT a.structure_id, sum(s.minutes) AS minutes,
           sum(sum(s.minutes)) OVER (PARTITION BY d.basin_id ORDER BY a.structure_id) AS until
      FROM territory_attendance a
      JOIN territory_session s ON s.id = a.session_id
      JOIN territory_deployment d ON d.structure_id = a.structure_id
     WHERE a.was_there AND s.ended_at IS NOT NULL AND s.day >= %(first)s::date AND s.day < %(next)s::date
     GROUP BY d.basin_id, a.structure_id) told
"""

_HELPED: Final = """
SELECT t.structure_id, told.fact, '', '', count(*)
  FROM territory_ticket t
  CROSS JOIN LATERAL (VALUES
    ('tickets', TRUE),
    ('tickets_repetes', EXISTS (SELECT 1 FROM territory_ticket b
                                 WHERE b.structure_id = t.structure_id AND b.cause = t.cause AND b.id <> t.id
                                   AND b.opened_at < t.opened_at AND b.opened_at >= t.opened_at - interval '90 days'))
  ) AS told (fact, is_so)
 WHERE t.opened_at >= %(from)s::timestamptz AND t.opened_at < %(to)s::timestamptz AND is_so
 GROUP BY 1, 2
UNION ALL
SELECT structure_id, 'patients_informes', '', '', sum(number)
  FROM territory_information WHERE day >= %(first)s::date AND day < %(next)s::date
 GROUP BY 1
"""

# What statements brought: flows add up over the month; of a stock, the last word of the month.
_STATED: Final = """
SELECT structure_id, fact, document, profession, sum(number)
  FROM territory_statement
 WHERE day >= %(first)s::date AND day < %(next)s::date AND fact = ANY(%(flows)s::text[])
 GROUP BY 1, 2, 3, 4
UNION ALL
SELECT * FROM (
  SELECT DISTINCT ON (structure_id, fact, document, profession) structure_id, fact, document, profession, number
    FROM territory_statement
   WHERE day >= %(first)s::date AND day < %(next)s::date AND fact = ANY(%(stocks)s::text[])
   ORDER BY structure_id, fact, document, profession, day DESC) last
"""

# What bears its own day, and may be noted once its month is over; and what our rooms hold when they are asked.
DATED: Final = (_STAGES, _TRAINED, _HELPED, _STATED)
HELD: Final = (_DOCUMENTS, _RECEIVED, _PATIENTS, _PROFESSIONALS, _MAIL)
DATED_BY_BASIN: Final = (
    "SELECT basin_id, 'seances', count(*) FROM territory_session"
    " WHERE ended_at IS NOT NULL AND day >= %(first)s::date AND day < %(next)s::date GROUP BY 1",
    # Marks are of a session, not of those who came from one structure.
    "SELECT s.basin_id, told.fact, sum(told.number) FROM territory_session s"
    " JOIN territory_session_score c ON c.session_id = s.id"
    " CROSS JOIN LATERAL (VALUES ('avis', c.number), ('points_avis', c.mark * c.number)) AS told (fact, number)"
    " WHERE s.day >= %(first)s::date AND s.day < %(next)s::date GROUP BY 1, 2",
)
HELD_BY_BASIN: Final = ("SELECT id, 'population', population FROM territory_basin WHERE population IS NOT NULL",)
