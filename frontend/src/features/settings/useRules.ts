import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import type { Rule, RuleList } from '@/api/types'
import { useForm } from '@/composables/useForm'
import { useToast } from '@/composables/useToast'
import { useAccounts, useSkillGroups, useTags } from '@/composables/useWorkspace'

/** The rule list as it is being edited: nothing is in force before it is published as a whole. */
export function useRules() {
  const { t } = useI18n()
  const cache = useQueryClient()
  const { done } = useToast()
  const { busy, problem, submit, forget } = useForm()
  const { accounts } = useAccounts()
  const { groups } = useSkillGroups()
  const { tags } = useTags()

  const query = useQuery({ queryKey: keys.rules, queryFn: () => answer(api.GET('/api/v1/rules')) })
  const list = ref<Rule[]>([])
  const version = ref('')
  const base = ref('[]')
  const changed = computed(() => JSON.stringify(list.value) !== base.value)

  function begin(rules: RuleList) {
    list.value = JSON.parse(JSON.stringify(rules.rules))
    base.value = JSON.stringify(rules.rules)
    version.value = rules.version
  }

  watch(query.data, (rules) => rules && !changed.value && begin(rules), { immediate: true })

  async function startOver() {
    const fresh = await query.refetch()
    forget()
    if (fresh.data) begin(fresh.data)
  }

  async function publish() {
    const body = { version: version.value, rules: list.value }
    const published = await submit(() => answer(api.PUT('/api/v1/rules', { body })))
    if (!published) return
    cache.setQueryData(keys.rules, published)
    begin(published)
    done(t('rule.published'))
  }

  function move(index: number, step: 1 | -1) {
    const [rule] = list.value.splice(index, 1)
    list.value.splice(index + step, 0, rule!)
  }

  const namesOf = (all: { id: string; name: string }[], ids: string[]) => all.filter((one) => ids.includes(one.id)).map((one) => one.name)

  /** The rule in one line: when, then what. */
  function describe(rule: Rule): string {
    const comma = t('list.comma')
    const when = [
      rule.kinds.length && t('rule.whenKind', { list: rule.kinds.map((kind) => t(`kind.${kind}`)).join(comma) }),
      rule.account_ids.length && t('rule.whenAccount', { list: namesOf(accounts.value, rule.account_ids).join(comma) }),
      rule.words.length && t('rule.whenWords', { list: rule.words.slice(0, 6).join(comma), n: rule.words.length }, rule.words.length),
    ].filter(Boolean)
    const then = [
      rule.tag_ids.length && t('rule.thenTags', { list: namesOf(tags.value, rule.tag_ids).join(comma) }),
      rule.skill_group_id && t('rule.thenGroup', { name: namesOf(groups.value, [rule.skill_group_id])[0] ?? '' }),
    ].filter(Boolean)
    return t('rule.line', { when: when.join(comma) || t('rule.always'), then: then.join(comma) || t('rule.nothing') })
  }

  return {
    query,
    list,
    changed,
    busy,
    problem,
    startOver,
    publish,
    move,
    describe,
    put: (index: number, rule: Rule) => void (list.value = Object.assign([...list.value], { [index]: rule })),
    remove: (index: number) => void list.value.splice(index, 1),
  }
}
