import { test as base, expect } from '@playwright/test'

// The address of a Postern of its own for each worker.
const test = base.extend<object, { postern: string }>({
  postern: [
    async ({ playwright }, use, { parallelIndex, project }) => {
      const request = await playwright.request.newContext({ baseURL: project.use.baseURL })
      const response = await request.put(`/fixture/namespaces/worker-${parallelIndex}`, {
        data: { users: { alice: 'wonderland' } }
      })
      await use((await response.json()).url)
      await request.dispose()
    },
    { scope: 'worker' }
  ]
})

test.beforeEach(async ({ postern, request }) => {
  await request.post(`${postern}/fixture/reset`)
})

for (const name of ['bob', 'carol', 'dave', 'erin']) {
  test(`${name} signs up, and nobody else is there`, async ({ page, postern, request }) => {
    await request.post(`${postern}/user`, { data: { user: name, pass: 'secret' } })
    const { users } = await (await request.get(`${postern}/fixture/users`)).json()
    expect(users.map(({ user }: { user: string }) => user)).toEqual(['alice', name])
    await page.goto(`${postern}/docs`)
    await expect(page).toHaveTitle(/Postern/)
  })
}
