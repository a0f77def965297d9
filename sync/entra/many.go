package entra

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"muster/core"
	"muster/core/mapping"
	"muster/sync/entra/answer"
)

// askEach asks for the same of many, at most four batches at a time.
func (d *Directory) askEach(ctx context.Context, t teller, ids []string, path, query string) (map[string]answer.Inner, error) {
	all := make(map[string]answer.Inner, len(ids))
	var mu sync.Mutex
	var failed error
	for some := range slices.Chunk(ids, 4*batched) {
		var work sync.WaitGroup
		for chunk := range slices.Chunk(some, batched) {
			asked := make([]inner, len(chunk))
			for i, id := range chunk {
				asked[i] = inner{id, path + url.PathEscape(id) + query}
			}
			work.Go(func() {
				answers, err := d.batch(ctx, t, asked)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = err
				}
				maps.Copy(all, answers)
			})
		}
		if work.Wait(); failed != nil {
			return nil, failed
		}
	}
	return all, nil
}

var _ core.LeaveExplainer = (*Directory)(nil)

// WhyLeft looks at people whom a full reading does not name: those who are in
// the directory have left the groups, and of the others some can be restored.
func (d *Directory) WhyLeft(ctx context.Context, anchors []string) (map[string]mapping.Left, error) {
	there, err := d.askEach(ctx, nil, anchors, "/users/", "?$select=id")
	if err != nil {
		return nil, explain(err, "look at who has left")
	}
	var missing []string
	for _, id := range anchors {
		if there[id].Status == 404 {
			missing = append(missing, id)
		}
	}
	restorable, err := d.askEach(ctx, nil, missing, "/directory/deletedItems/", "")
	if err != nil {
		return nil, explain(err, "look at who has left")
	}
	why := map[string]mapping.Left{}
	for _, id := range missing {
		if why[id] = mapping.Deleted; restorable[id].Status == 200 {
			why[id] = mapping.SoftDeleted
		}
	}
	return why, nil
}

var _ core.GroupCounter = (*Directory)(nil)

// CountMembers counts the users in groups and in the groups within, twenty groups
// a request. The count comes with the first of the members, because $count itself
// answers a text, and what becomes of a text within a batch the documentation
// does not say (graph/aad-advanced-queries, group-list-transitivemembers).
func (d *Directory) CountMembers(ctx context.Context, groups []string) (map[string]int, error) {
	answers, err := d.askEach(ctx, nil, groups, "/groups/", "/transitiveMembers/microsoft.graph.user?$count=true&$top=1&$select=id")
	if err != nil {
		return nil, explain(err, "count the members of groups")
	}
	counts := make(map[string]int, len(groups))
	for id, told := range answers {
		if told.Status != http.StatusOK {
			continue
		}
		page, err := answer.ReadPage(told.Body, (*answer.Scanner).Skip)
		if err != nil {
			return nil, explain(err, "count the members of groups")
		}
		if page.Count >= 0 {
			counts[id] = page.Count
		}
	}
	return counts, nil
}
