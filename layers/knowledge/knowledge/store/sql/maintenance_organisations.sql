SELECT org_id FROM organisations_to_tend()
