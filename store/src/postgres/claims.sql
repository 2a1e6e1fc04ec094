-- Decides on names and series append by append, in order, where their claims may depend on each other: a label that is
-- taken is passed over, a series ends in the middle of the batch. Each append is a subtransaction of its own, so that
-- one that is refused leaves neither a name nor a number behind. Takes the refusals so far and gives all.
CREATE FUNCTION claim_one_by_one(
    INOUT bad int [], INOUT why int [], INOUT what int [],
    n_a int [], n_take boolean [], n_tenant text [], n_scope text [], n_name text [], n_owner uuid [],
    s_a int [], s_tenant text [], s_series text [], s_max bigint [], s_prefix text [], s_width int [],
    s_scope text [], s_owner uuid [],
    OUT s_value bigint []
) LANGUAGE plpgsql AS $$
DECLARE
    names_from int := 1;
    names_to int;
    series_from int := 1;
    series_to int;
    one int;
    next bigint;
    label text;
    reason int;
    item int;
BEGIN
    s_value := array_fill(NULL::bigint, ARRAY[cardinality(s_a)]);
    LOOP
        -- Past the end of an array is NULL, which least() leaves out.
        one := least(n_a[names_from], s_a[series_from]);
        EXIT WHEN one IS NULL;
        names_to := names_from;
        WHILE n_a[names_to] = one LOOP names_to := names_to + 1; END LOOP;
        series_to := series_from;
        WHILE s_a[series_to] = one LOOP series_to := series_to + 1; END LOOP;
        IF NOT one = ANY(bad) THEN
            BEGIN
                FOR j IN names_from .. names_to - 1 LOOP
                    IF NOT n_take[j] THEN
                        DELETE FROM names v WHERE v.tenant = n_tenant[j] AND v.scope = n_scope[j]
                            AND v.name = n_name[j] AND v.owner = n_owner[j];
                        CONTINUE;
                    END IF;
                    INSERT INTO names (tenant, scope, name, owner)
                    VALUES (n_tenant[j], n_scope[j], n_name[j], n_owner[j]) ON CONFLICT DO NOTHING;
                    IF NOT FOUND AND NOT EXISTS (
                        SELECT FROM names v WHERE v.tenant = n_tenant[j] AND v.scope = n_scope[j]
                            AND v.name = n_name[j] AND v.owner = n_owner[j])
                    THEN
                        reason := 5; item := j;
                        RAISE SQLSTATE 'SL001';
                    END IF;
                END LOOP;
                FOR j IN series_from .. series_to - 1 LOOP
                    next := coalesce((
                        SELECT v.value FROM series v WHERE v.tenant = s_tenant[j] AND v.series = s_series[j]), 0);
                    LOOP
                        next := next + 1;
                        IF next > s_max[j] THEN
                            reason := 6; item := j;
                            RAISE SQLSTATE 'SL001';
                        END IF;
                        EXIT WHEN s_prefix[j] IS NULL;
                        label := label_text(s_prefix[j], s_width[j], next);
                        EXIT WHEN NOT EXISTS (
                            SELECT FROM names v
                            WHERE v.tenant = s_tenant[j] AND v.scope = s_scope[j] AND v.name = label);
                    END LOOP;
                    INSERT INTO series (tenant, series, value) VALUES (s_tenant[j], s_series[j], next)
                    ON CONFLICT (tenant, series) DO UPDATE SET value = excluded.value;
                    IF s_prefix[j] IS NOT NULL THEN
                        INSERT INTO names (tenant, scope, name, owner)
                        VALUES (s_tenant[j], s_scope[j], label, s_owner[j]);
                    END IF;
                    s_value[j] := next;
                END LOOP;
            EXCEPTION WHEN SQLSTATE 'SL001' THEN
                bad := bad || one; why := why || reason; what := what || item;
                FOR j IN series_from .. series_to - 1 LOOP s_value[j] := NULL; END LOOP;
            END;
        END IF;
        names_from := names_to;
        series_from := series_to;
    END LOOP;
END $$;
