import type { home as en } from '../en/home.ts';
import type { Translated } from '../translated.ts';

export const home: Translated<typeof en> = {
  welcomeTitle: '一次登录，畅行所有服务',
  welcomeLead: '只需登录一次，待办、客服与账号即可全部使用，任何页面都不会再次要求您输入密码。',
  greeting: '您好，{{username}}',
  lead: '以下服务您均已登录。',
  whatItOpens: '登录后可用的服务',
  todosLead: '您想完成的事情',
  openTodos_other: '{{count}} 项待办',
  manyOpenTodos: '超过 {{count}} 项待办',
  noOpenTodos: '没有待办事项',
  supportLead: '提出问题，查看回复',
  answeredTickets_other: '{{count}} 条回复等您查看',
  manyAnsweredTickets: '超过 {{count}} 条回复等您查看',
  waitingTickets_other: '{{count}} 个工单等待回复',
  manyWaitingTickets: '超过 {{count}} 个工单等待回复',
  noTickets: '没有进行中的工单',
  accountLead: '您的登录方式、会话与访问权限',
  administrationLead: '用户、客户端、密钥与系统状态',
};
